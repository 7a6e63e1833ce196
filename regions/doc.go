// Package regions knows where things are and how long a packet takes between them.
//
// A [Map] holds places: 342 edges, where users arrive, of which 32 are homes, where an object may live. It is made by
// [Load] from tables embedded in the binary, never changes, and answers the same question with the same answer on every
// machine. Nothing here reads a clock, a network or a global source of chance.
//
// # Round trips
//
// The base round trip of two places comes from the best of four sources, and says which ([Distance.Source]):
//
//	Same       one place                              1 ms
//	Measured   both ends within 100 km of two points  the measurement, newest matrix first
//	           of one measured matrix
//	AreaModel  the areas of the ends have a factor    fixed + slope x great-circle km
//	Linear     otherwise                              11.6 ms + 14.9 ms per 1000 km
//
// No round trip is under 1 ms. Both directions are equal: where both were measured they differ by 0.4 % in the median.
// [Map.Fits] says how far the two models are from each measured matrix.
//
// # What a packet waits for
//
// Per request the path adds jitter to the base, a shape matched by hand to ping runs between clouds and on the public
// Internet, not a formal fit:
//
//	round trip = base x drift + s x LogNormal(median 0.3 ms, sigma 1.1)
//	s          = LogNormal(median 1, sigma 1.4)   drawn once per pair from the seed of the run
//	drift      = 0.843 .. 1.153 (p1 .. p99), 1.0 in the median, drawn once per pair
//
// [Path.Delay] samples half of it: one way. Drift is a pair's route of the month, so it stays for a whole run; within one
// place s and drift are 1. Loss, the last mile and the choice of an edge by anycast are not modelled: users arrive at the edge they are counted at.
//
// Units: durations are [time.Duration], distances are kilometres, weights and shares are fractions of 1.
package regions
