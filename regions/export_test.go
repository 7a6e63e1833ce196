package regions

// BeatsFibre says that the round trip is shorter than light allows, by more than the 5 % that rounded coordinates excuse.
// Only a measurement may do that, since the points measured may lie up to 100 km from either end.
func (d Distance) BeatsFibre() bool { return float64(d.RTT) < 0.95*float64(d.Fibre()) }
