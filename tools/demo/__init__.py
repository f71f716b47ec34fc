"""The demo: one model's way to production, told and really run. It knows Lakeward by its commands only."""
