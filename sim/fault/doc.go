// Package fault says what goes wrong in a run, and when: one grammar for the
// live world and the virtual one.
//
//	partition weur|enam at 10s for 5s       no byte passes between two groups of places, either way
//	partition FRA,GRU>LHR at 10s for 5s     … or one way only
//	slow FRA|LHR by 80ms at 5s for 10s      each way takes longer
//	kill LHR at 3s for 2s                   the home's node dies, and is started again after that
//	pause LHR at 3s for 6s                  the node stands still, as a suspended process does
//	clock LHR by +500ms at 5s               the home's wall clock jumps
//	postgres down at 5s for 10s             the database falls silent and takes no connections …
//	postgres LHR down at 5s for 10s         … or only that of one home
//	ack late by 200ms at 5s for 10s         commits are durable, and their answers come later …
//	ack LHR late by 200ms at 5s for 10s     … at one home
//	ack lost at 4s                          the next commit is durable, and its answer never comes
//	session LHR killed at 5s                the database ends the node's sessions
//
// A group is a list of places and location hints; a hint stands for all the run's
// places in its part of the world. Instants count from the start of the run.
// Several faults in one text are parted by semicolons.
package fault
