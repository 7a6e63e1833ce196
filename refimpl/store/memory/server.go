// Package memory is the store contract without a disk, for tests and for the
// virtual world. Server stands for the database: stores of one Server compete
// for its slots as the processes of a real deployment do. Nothing in it waits,
// reads a clock or draws a number, so a world built on it repeats exactly.
package memory

import (
	"sync"
	"time"

	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
	"github.com/durabench/durabench/regions"
)

// Server is what outlives sessions. It may be used by many goroutines.
type Server struct {
	slots int

	mu      sync.Mutex
	leases  map[place]*lease
	objects map[object.ID]map[string]object.Value
	alarms  map[object.ID]alarm
	homes   map[object.ID]store.Placement // Want is the home that was decided
}

// place names one slot in the world.
type place struct {
	region regions.ID
	slot   store.Slot
}

// lease is the state of a slot. A slot that nobody ever owned is clean.
type lease struct {
	owner *Session // nil if it is free
	epoch uint64
	dirty bool // the last owner went without a release
}

type alarm struct {
	place
	at time.Time
}

// NewServer makes an empty server whose regions have that many slots each.
func NewServer(slots int) *Server {
	if slots < 1 || slots > 1<<16 {
		panic("memory: slots out of range")
	}
	return &Server{
		slots:   slots,
		leases:  make(map[place]*lease),
		objects: make(map[object.ID]map[string]object.Value),
		alarms:  make(map[object.ID]alarm),
		homes:   make(map[object.ID]store.Placement),
	}
}

// lease gives the state of a slot; s.mu is held.
func (s *Server) lease(at place) *lease {
	found := s.leases[at]
	if found == nil {
		found = &lease{}
		s.leases[at] = found
	}
	return found
}
