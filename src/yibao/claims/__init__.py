"""Manual claims: who has paid a bill asks the fund for its part, with the papers."""
