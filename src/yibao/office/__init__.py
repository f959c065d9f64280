"""Cases: what waits for somebody's decision, who may move it, its documents and its deadline."""
