package loadgen

import "math/rand/v2"

// Ask is one operation about to be asked, as the workload decided it: who asks
// which object for what, and how that looks as an HTTP request. The live world
// sends it, the virtual world hands it to the object itself.
type Ask struct {
	Client    int
	Object    string
	Operation Operation
	Method    string
	Path      string // of the edge's routes, with the query
	Header    []Field
	Body      string
}

// Field is one line of an HTTP header.
type Field struct{ Name, Value string }

// Member is one client's place in a chat room.
type Member struct {
	Client int
	Object string // the room
	Path   string // where its WebSocket opens
}

// Source is a workload as a load generator sees it. It is pure: the same seq
// and the same random numbers give the same operation in any order of asking.
type Source interface {
	Class() string
	// Clients is how many clients there are; Ask.Client counts from 0.
	Clients() int
	Next(seq uint64, random *rand.Rand) Ask
	// Decode reads a reply to an operation of a kind. Its error says that the
	// reply is not what the class answers.
	Decode(kind Kind, status int, body []byte) (Reply, error)
}

// Random is the stream of one operation. It depends on seed and seq only, so it
// does not matter which goroutine prepares which operation first.
func Random(seed, seq uint64) *rand.Rand {
	source := &rand.PCG{}
	Reseed(source, seed, seq)
	return rand.New(source)
}

// Reseed turns a source into that of Random's stream, for those who draw from one
// stream after the other.
func Reseed(source *rand.PCG, seed, seq uint64) {
	// Neighbouring numbers make poor seeds: spread them over all bits first.
	z := seq + 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	source.Seed(seed, z^z>>31)
}

// writes says whether an operation of the kind may change its object, so that a
// lost reply leaves its effect unknown.
func (k Kind) writes() bool { return k != Read }
