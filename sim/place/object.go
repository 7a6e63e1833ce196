package place

import (
	"time"

	"github.com/durabench/durabench/regions/placement"
)

// Object is one object of a source.
type Object struct {
	Key   uint64
	Born  placement.Edge // where it was first asked for, or created
	Bytes int64          // its size: what a move copies
	// Shift is when its users last changed for good; 0 if they never did.
	Shift time.Duration
}

// Access is one access to the object at hand. A source hands them out in order of time.
type Access struct {
	At    time.Duration // since 1970, UTC
	Edge  placement.Edge
	Bytes uint32 // of request and reply
}

// Source is where objects come from: a population or a trace.
type Source interface {
	// Parts is how many portions there are; workers take them in turn, and what comes out does not depend on who took which.
	Parts() int
	Part(i int) (Stream, error)
}

// Stream hands out the objects of a portion, one after the other.
type Stream interface {
	// Next begins the next object; false after the last one.
	Next(o *Object) bool
	// Read fills the buffer with the object's next accesses, and says how many; 0 after the last one.
	Read(into []Access) int
	// Err is why a stream ended early.
	Err() error
}
