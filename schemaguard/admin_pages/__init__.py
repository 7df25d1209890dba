"""What the page in the admin shows (`admin.py`): imported when it is asked for."""
