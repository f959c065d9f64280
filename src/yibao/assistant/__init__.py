"""Tools for assistants: the calculators and the policy packs over MCP, figures with sources."""
