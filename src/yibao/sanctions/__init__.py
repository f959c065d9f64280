"""What somebody may not do for a time because of a decision: settle directly, use mutual aid."""
