// Package storetest is what the store contract means, as checks that every
// engine passes. Engines call Run from a test; the checks take an interface, so
// that this package's own test can watch each of them convict a planted bug.
package storetest

import (
	"context"
	"testing"

	"github.com/durabench/durabench/refimpl/store"
)

// Harness is an engine under test: one empty server, seen from two processes.
type Harness struct {
	Store store.Store
	Rival store.Store
	// Directory opens one more directory of the server.
	Directory func(T) store.Directory
	// Cut ends a session of Store or Rival from the server's side, as a broken
	// connection would, and returns when the server has let go of its slots.
	Cut func(T, store.Session)
}

// T is what a check needs of *testing.T. Fatalf does not return.
type T interface {
	Helper()
	Context() context.Context
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// Check is one law of the contract.
type Check struct {
	Law string
	Run func(T, Harness)
}

// Checks lists all laws.
func Checks() []Check {
	var all []Check
	all = append(all, ownershipChecks()...)
	all = append(all, lossChecks()...)
	all = append(all, commitChecks()...)
	all = append(all, valueChecks()...)
	all = append(all, alarmChecks()...)
	all = append(all, directoryChecks()...)
	return append(all, moveChecks()...)
}

// Run holds an engine against every law, each on a server of its own.
func Run(t *testing.T, open func(*testing.T) Harness) {
	t.Helper()
	for _, check := range Checks() {
		t.Run(check.Law, func(t *testing.T) { check.Run(t, open(t)) })
	}
}
