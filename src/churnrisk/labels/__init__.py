"""Who churned after a cutoff: the only code that may look past one."""
