"""The API server with the CRDs."""

from cluster.conftest import installed

__all__ = ["installed"]
