"""Why a rate changed between two periods: split exactly into rate and mix, part by part."""
