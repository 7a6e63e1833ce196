package live

// AwaitFaults returns when all faults have come and gone.
func (w *World) AwaitFaults() { w.troubles.done.Wait() }
