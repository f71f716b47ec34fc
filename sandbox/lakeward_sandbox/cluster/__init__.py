"""A real Kubernetes API for development and tests, without containers: found, or built and started, and stopped.
`find.py` is the door; the room knows nothing of Lakeward's kinds, nor of the lakehouse.
"""
