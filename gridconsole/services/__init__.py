"""Services: one function for each act of the office, each in one transaction. Console, command line, import and demo call them."""
