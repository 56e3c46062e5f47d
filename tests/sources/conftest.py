from tests.tables.conftest import company, usage_of

__all__ = ["company", "usage_of"]
