package memory_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
	"github.com/durabench/durabench/refimpl/store/memory"
	"github.com/durabench/durabench/refimpl/store/storetest"
)

func TestContract(t *testing.T) {
	storetest.Run(t, func(*testing.T) storetest.Harness {
		server := memory.NewServer(16)
		return storetest.Harness{
			Store:     memory.New(server),
			Rival:     memory.New(server),
			Directory: func(storetest.T) store.Directory { return memory.NewDirectory(server) },
			Cut: func(t storetest.T, session store.Session) {
				if err := session.Close(); err != nil {
					t.Errorf("cut: %v", err)
				}
			},
		}
	})
}

func TestFaultsLeaveTheOutcomeUnknown(t *testing.T) {
	for _, row := range []struct {
		story string
		fault memory.Fault
		lost  bool
		kept  int
	}{
		{"nothing happens", memory.None, false, 1},
		{"the connection went before the batch arrived", memory.LostBefore, true, 0},
		{"the connection went with the reply", memory.LostAfter, true, 1},
	} {
		server := memory.NewServer(4)
		faulty := memory.WithFaults(memory.New(server), func(store.Owner, *store.Batch) memory.Fault { return row.fault })
		err := writeOne(t, faulty)
		if errors.Is(err, store.ErrLost) != row.lost {
			t.Errorf("%s: commit gave %v, want lost=%v", row.story, err, row.lost)
		}
		if got := entries(t, memory.New(server)); got != row.kept {
			t.Errorf("%s: %d entries kept, want %d", row.story, got, row.kept)
		}
	}
}

func writeOne(t *testing.T, s store.Store) error {
	session, err := s.Open(t.Context(), store.Owner{Region: "r", Node: "n"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = session.Close() }()
	leases, err := session.Acquire(t.Context(), []store.Slot{store.SlotOf(object.ID{1}, s.Slots())})
	if err != nil {
		t.Fatal(err)
	}
	write := store.Write{Object: object.ID{1}, Key: "k", Value: object.Value{Data: []byte("v")}}
	return session.Commit(t.Context(), &store.Batch{Leases: leases, Writes: []store.Write{write}})
}

func entries(t *testing.T, s store.Store) int {
	session, err := s.Open(t.Context(), store.Owner{Region: "r", Node: "n"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = session.Close() }()
	if _, err := session.Acquire(t.Context(), []store.Slot{0, 1, 2, 3}); err != nil {
		t.Fatal(err)
	}
	snapshots, err := session.Load(t.Context(), []object.ID{{1}})
	if err != nil {
		t.Fatal(err)
	}
	return len(snapshots[0].Entries)
}

// Two processes compete for the slots of one server.
func Example() {
	ctx := context.Background()
	server := memory.NewServer(4)
	first, _ := memory.New(server).Open(ctx, store.Owner{Region: "weur", Node: "first"})
	second, _ := memory.New(server).Open(ctx, store.Owner{Region: "weur", Node: "second"})

	got, _ := first.Acquire(ctx, []store.Slot{0, 1})
	fmt.Println("first has", got)
	got, _ = second.Acquire(ctx, []store.Slot{0, 1, 2})
	fmt.Println("second has", got)
	_ = first.Close()
	got, _ = second.Acquire(ctx, []store.Slot{0, 1})
	fmt.Println("second takes over", got)
	// Output:
	// first has [{0 1 true} {1 1 true}]
	// second has [{2 1 true}]
	// second takes over [{0 2 false} {1 2 false}]
}
