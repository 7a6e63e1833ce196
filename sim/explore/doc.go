// Package explore lives through many small worlds in virtual time, each drawn from
// a seed: another class, other places, another load, and other things going wrong.
// All laws judge each of them.
//
//	seed ──> Experiment (class, places, load, fault.Schedule) ──> virtual.Run ──> laws ──> Failure
//	                                                                                          │
//	                        the least schedule that still fails <── Shrink <─────────────────┘
//
// A seed gives one world and one history, so a failure is found again by its seed
// alone. Which bugs this finds, and how soon, is in MUTANTS.md: all are planted
// there, on purpose, in the core and in the store.
package explore
