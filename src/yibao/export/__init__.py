"""A store as columns of visits, without anybody's name: what ``yibao batch`` takes."""
