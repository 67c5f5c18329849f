"""What we remember: the only room with SQL in it. Values in, values out; rows never leave."""
