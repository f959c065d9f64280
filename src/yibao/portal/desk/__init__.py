"""The desk (工作台): what waits for somebody who is not insured, and what that one may look up."""
