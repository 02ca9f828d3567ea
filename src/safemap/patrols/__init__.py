"""Watch teams (守望相助隊) and the routes they walk, with their hours."""
