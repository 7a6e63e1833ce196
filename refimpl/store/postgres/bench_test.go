package postgres_test

import (
	"encoding/binary"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
	"github.com/durabench/durabench/refimpl/store/postgres"
	"github.com/durabench/durabench/regions"
)

// BenchmarkCommit commits batches of n rows, one per object, each a counter that
// is there already: the hot path of every run. It reports the latency of one
// commit and what a row costs in processor time of the server.
func BenchmarkCommit(b *testing.B) {
	for _, rows := range []int{1, 16, 64, 256} {
		b.Run(fmt.Sprintf("rows=%d", rows), func(b *testing.B) {
			dsn, config := ground(b)
			config.Slots = postgres.DefaultSlots
			session := openSession(b, openStore(b, dsn, config))
			batch := counters(b, session, config.Slots, rows)
			if err := session.Commit(b.Context(), batch); err != nil {
				b.Fatal(err)
			}
			before := processorTicks(b, session.PID())
			b.ReportAllocs()
			for n := uint64(0); b.Loop(); n++ {
				for i := range batch.Writes {
					binary.BigEndian.PutUint64(batch.Writes[i].Value.Data, n)
				}
				if err := session.Commit(b.Context(), batch); err != nil {
					b.Fatal(err)
				}
			}
			spent := processorTicks(b, session.PID()) - before
			b.ReportMetric(float64(spent)*1e4/float64(b.N), "server-us/op") // a tick is 10 ms
			b.ReportMetric(float64(b.N*rows)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

// BenchmarkSessions commits 64 rows at a time over four sessions at once, as one
// node does: the server's own group commit then shares the waits for the disk.
func BenchmarkSessions(b *testing.B) {
	const sessions, rows = 4, 64
	dsn, config := ground(b)
	config.Slots = postgres.DefaultSlots
	s := openStore(b, dsn, config)
	work := make(chan struct{})
	var all sync.WaitGroup
	for i := range sessions {
		session, err := s.Open(b.Context(), store.Owner{Region: regions.ID(fmt.Sprint("region", i)), Node: "bench"})
		if err != nil {
			b.Fatal(err)
		}
		defer func() { _ = session.Close() }()
		batch := counters(b, session, config.Slots, rows)
		for j := range batch.Writes {
			batch.Writes[j].Object[31] = byte(i) // rows of its own
		}
		all.Go(func() {
			for range work {
				if err := session.Commit(b.Context(), batch); err != nil {
					b.Error(err)
				}
			}
		})
	}
	for b.Loop() {
		work <- struct{}{}
	}
	close(work)
	all.Wait()
	b.ReportMetric(float64(b.N*rows)/b.Elapsed().Seconds(), "rows/s")
}

// counters makes a batch that writes an 8-byte value of each of n objects.
func counters(b *testing.B, session store.Session, slots, n int) *store.Batch {
	b.Helper()
	all := make([]store.Slot, slots)
	for i := range all {
		all[i] = store.Slot(i)
	}
	leases, err := session.Acquire(b.Context(), all)
	if err != nil {
		b.Fatal(err)
	}
	batch := &store.Batch{}
	touched := make(map[store.Slot]bool)
	namespace := object.NewNamespace("counter", "bench")
	for i := range n {
		id := namespace.IDFromName(strconv.Itoa(i))
		if slot := store.SlotOf(id, slots); !touched[slot] {
			touched[slot] = true
			batch.Leases = append(batch.Leases, leases[slot])
		}
		value := object.Value{Data: make([]byte, 8)}
		batch.Writes = append(batch.Writes, store.Write{Object: id, Key: "value", Value: value})
	}
	return batch
}

// processorTicks reads what a process has used so far, where there is a /proc
// and the server is on this machine; elsewhere it is 0.
func processorTicks(b *testing.B, pid uint32) int {
	b.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	// The name in parentheses may hold spaces; utime and stime are 12 fields on.
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return user + system
}
