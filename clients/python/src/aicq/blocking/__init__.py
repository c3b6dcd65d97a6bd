"""The same agent without `await`: what is asynchronous runs on an event loop of its own, in a thread of its own."""
