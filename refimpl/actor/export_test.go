package actor

// Timers is how many timers are set: tests hold it to a bound.
func (c *Core) Timers() int { return len(c.timers.heap) }
