"""Where the company's tables lie, and the engine that reads them."""
