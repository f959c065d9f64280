"""Who a person is: registration, relatives, e-credentials, and finding people again."""
