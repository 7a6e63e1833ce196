// Package workload decides what clients ask next.
//
// A workload is pure: no clock, no goroutine, no I/O. The same number and the
// same random stream give the same operation, so the live world and the virtual
// one ask the same objects for the same things at the same instants.
package workload

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/regions"
)

// Workload is a stream of operations on the objects of one class.
type Workload interface {
	loadgen.Source
	// Objects are the names of all objects the workload touches.
	Objects() []string
	// String says what the workload does, in a few words for a report.
	String() string
}

// Peopled is a workload of members with sockets.
type Peopled interface {
	Workload
	Members() []loadgen.Member
}

// Options are what the flags of a run say about its workload. A zero takes the
// class's default.
type Options struct {
	Run     string  // prefix of object names, so that runs never meet
	Clients int     // all but chat and document
	Objects int     // counters; limiter keys; chat rooms; banks; sessions; documents
	Reads   float64 // counter, account: share of operations that read
	Members int     // chat, document: of each
	Senders int     // chat, document: of the members, those that send or write
	Bytes   int     // chat: least length of a text
	// Over is how much more is asked of each limiter key than it refills:
	// with Rate and Refill given, it decides how many keys there are.
	Over   float64
	Rate   float64 // limiter, session: operations per second offered to all objects
	Refill float64 // limiter: tokens per second of one key

	Accounts int   // account: in each object
	Opening  int64 // account: what each begins with
	// TTL is how long a session outlives its last access: with Rate given, it
	// decides how many sessions there are.
	TTL time.Duration
}

// Classes are the names that New knows.
func Classes() []string {
	return []string{"counter", "chat", "limiter", "account", "session", "document"}
}

// New returns the workload of a class.
func New(class string, o Options) (Workload, error) {
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("workload %s: %w", class, err)
	}
	switch class {
	case "counter":
		return newCounter(o), nil
	case "chat":
		return newChat(o)
	case "limiter":
		return newLimiter(o)
	case "account":
		return newAccount(o)
	case "session":
		return newSession(o)
	case "document":
		return newDocument(o)
	}
	return nil, unknownClass(class)
}

func (o Options) check() error {
	for _, count := range []struct {
		flag  string
		value int
	}{
		{"clients", o.Clients},
		{"objects", o.Objects},
		{"members", o.Members},
		{"senders", o.Senders},
		{"bytes", o.Bytes},
		{"accounts", o.Accounts},
	} {
		if count.value < 0 || count.value > math.MaxInt32 {
			return fmt.Errorf("%s %d: want a count above zero", count.flag, count.value)
		}
	}
	if !(o.Reads >= 0 && o.Reads <= 1) {
		return fmt.Errorf("reads %v: want a share from 0 to 1", o.Reads)
	}
	if o.Opening < 0 || o.TTL < 0 {
		return fmt.Errorf("opening %d, ttl %s: want none below zero", o.Opening, o.TTL)
	}
	if !(o.Over >= 0) || !(o.Rate >= 0) || !(o.Refill >= 0) {
		return fmt.Errorf("over %v, rate %v, refill %v: want none below zero", o.Over, o.Rate, o.Refill)
	}
	if strings.ContainsFunc(o.Run, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`/?#%&"\`, r) }) {
		return fmt.Errorf("run prefix %q: want letters, digits and dashes", o.Run)
	}
	return nil
}

func unknownClass(class string) error {
	known := strings.Join(Classes(), ", ")
	if near := regions.Spelling(class, Classes()); near != "" {
		return fmt.Errorf("class %q is unknown: did you mean %q? There are %s", class, near, known)
	}
	return fmt.Errorf("class %q is unknown: there are %s", class, known)
}

// names makes the objects' names: the run, the kind of object, a number.
func names(run, kind string, count int) []string {
	if run != "" {
		run += "-"
	}
	all := make([]string, count)
	for i := range all {
		all[i] = fmt.Sprintf("%s%s-%d", run, kind, i)
	}
	return all
}

func orDefault(value, otherwise int) int {
	if value == 0 {
		return otherwise
	}
	return value
}
