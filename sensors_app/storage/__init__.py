"""The store: every change of state is one intent, one Lua script and one Python method."""
