package actor

// Timers is how many timers are set, and Objects how many objects are in memory: tests
// hold both to a bound.
func (c *Core) Timers() int { return len(c.timers.heap) }

func (c *Core) Objects() int { return len(c.objects) }
