"""The binding to Kubernetes: watches, work queue, passes, status, events, metrics. The only room that knows Kopf."""
