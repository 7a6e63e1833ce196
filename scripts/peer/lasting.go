package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// fact is a figure about what stays and what comes back, rather than a rate. Each is taken once.
type fact struct {
	Name, Unit string
	Most       float64            // that durabench may have; 0 is no target
	Values     map[string]float64 // by the system's name
}

func (f fact) met() string {
	value, ok := f.Values[durabenchName]
	switch {
	case !ok || f.Most == 0:
		return "-"
	case value > f.Most:
		return "MISSED"
	default:
		return "met"
	}
}

func (f fact) value(name string) string {
	value, ok := f.Values[name]
	if !ok {
		return "-"
	}
	return strconv.FormatFloat(value, 'f', precision(value), 64)
}

func (f fact) target() string {
	if f.Most == 0 {
		return "-"
	}
	return fmt.Sprintf("<%.0f", f.Most)
}

// precision gives small figures two digits behind the point.
func precision(value float64) int {
	if value < 100 {
		return 2
	}
	return 0
}

// The sizes of what is left alone, and the time after which both systems have put it away.
const (
	coldObjects  = 300
	idleMembers  = 4000
	roomMembers  = 100
	touchedOnce  = 100_000
	evictedAfter = 16 * time.Second // both evict after ten idle seconds, and look now and then
)

// lasting leaves objects and sockets alone until they are evicted and hibernate, on all systems at
// once, and then asks what they cost and how soon they answer.
func (m *measurer) lasting(ctx context.Context) ([]fact, error) {
	facts := []fact{
		{Name: "first reply of an evicted object, p50", Unit: "ms", Most: 2},
		{Name: "first reply of an evicted object, p99", Unit: "ms", Most: 10},
		{Name: "idle socket, of resident memory", Unit: "bytes"}, // garbage that was not given back included
		{Name: "idle socket, of heap and stacks", Unit: "bytes", Most: 8 << 10},
		{Name: "object touched once and evicted, heap", Unit: "bytes", Most: 512}, // the edge knows its home still
	}
	for i := range facts {
		facts[i].Values = map[string]float64{}
	}
	sleepers := make(map[string]*sleepers)
	defer func() {
		for _, s := range sleepers {
			s.close()
		}
	}()
	for _, sys := range m.systems {
		fmt.Fprintf(m.progress, "peer: leaving %d objects and %d sockets of %s alone\n", coldObjects, idleMembers, sys.Name)
		s, err := sys.putToSleep(ctx)
		sleepers[sys.Name] = s
		if err != nil {
			return facts, fmt.Errorf("put %s to sleep: %w", sys.Name, err)
		}
	}
	if err := pause(ctx, evictedAfter); err != nil {
		return facts, err
	}
	for _, sys := range m.systems {
		after := sys.memory(ctx)
		before := sleepers[sys.Name].before
		facts[2].Values[sys.Name] = (after.resident - before.resident) / idleMembers
		if after.heap > 0 {
			facts[3].Values[sys.Name] = (after.heap - before.heap) / idleMembers
		}
		took, err := sys.wake(ctx)
		if err != nil {
			return facts, fmt.Errorf("wake %s: %w", sys.Name, err)
		}
		facts[0].Values[sys.Name] = float64(took[len(took)/2].Microseconds()) / 1000
		facts[1].Values[sys.Name] = float64(took[len(took)*99/100].Microseconds()) / 1000
	}
	for _, sys := range m.systems {
		if sys.Name != durabenchName { // workerd would make a file for each
			continue
		}
		left, err := m.touch(ctx, sys)
		if err != nil {
			return facts, err
		}
		facts[4].Values[sys.Name] = left
	}
	return facts, nil
}

// pause waits, unless the program is told to end.
func pause(ctx context.Context, d time.Duration) error {
	return wait(ctx, d, nil)
}

// sleepers are what is left alone on one system.
type sleepers struct {
	before footprint
	open   []*member
}

func (s *sleepers) close() {
	for _, m := range s.open {
		m.conn.Close()
	}
}

func (s *system) putToSleep(ctx context.Context) (*sleepers, error) {
	asleep := &sleepers{}
	for i := range coldObjects {
		if _, err := s.count(ctx, "cold-"+strconv.Itoa(i)); err != nil {
			return asleep, err
		}
	}
	asleep.before = s.memory(ctx)
	for i := range idleMembers {
		m, err := connect(ctx, s.addr, "idle-"+strconv.Itoa(i/roomMembers), "m")
		if err != nil {
			return asleep, err
		}
		asleep.open = append(asleep.open, m)
	}
	return asleep, nil
}

// wake asks each object that was left alone once, one after the other, and sorts how long they took.
func (s *system) wake(ctx context.Context) ([]time.Duration, error) {
	var took []time.Duration
	for i := range coldObjects {
		sent := time.Now()
		if _, err := s.count(ctx, "cold-"+strconv.Itoa(i)); err != nil {
			return nil, err
		}
		took = append(took, time.Since(sent))
	}
	slices.SortFunc(took, cmp.Compare[time.Duration])
	return took, nil
}

// touch reads many counters once each and tells what each leaves in the heap when all are evicted.
// What an edge remembers of where they live is in it, which is bounded.
func (m *measurer) touch(ctx context.Context, sys *system) (float64, error) {
	fmt.Fprintf(m.progress, "peer: touching %d objects of %s once\n", touchedOnce, sys.Name)
	before := sys.memory(ctx)
	if err := sys.readOnce(ctx); err != nil {
		return 0, fmt.Errorf("touch objects of %s: %w", sys.Name, err)
	}
	if err := pause(ctx, evictedAfter); err != nil {
		return 0, err
	}
	return (sys.memory(ctx).heap - before.heap) / touchedOnce, nil
}

func (s *system) readOnce(ctx context.Context) error {
	var next atomic.Int64
	var all sync.WaitGroup
	broken := make([]error, connections)
	for i := range broken {
		all.Go(func() {
			conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", s.addr)
			if err != nil {
				broken[i] = err
				return
			}
			defer conn.Close()
			defer context.AfterFunc(ctx, func() { conn.Close() })()
			in := bufio.NewReader(conn)
			for n := next.Add(1); n <= touchedOnce && err == nil; n = next.Add(1) {
				if _, err = fmt.Fprintf(conn, "GET /counter/value?id=once-%d HTTP/1.1\r\nHost: %s\r\n\r\n", n, s.addr); err == nil {
					_, err = readAnswer(in)
				}
			}
			broken[i] = err
		})
	}
	all.Wait()
	return errors.Join(broken...)
}

// footprint is what a system's process holds. Heap includes stacks, and is zero where it cannot be asked.
type footprint struct{ resident, heap float64 }

func (s *system) memory(ctx context.Context) footprint {
	f := footprint{heap: s.heap(ctx)} // first: to ask collects garbage
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", s.child.PID()))
	if err != nil {
		return f
	}
	if fields := strings.Fields(string(text)); len(fields) > 1 {
		pages, _ := strconv.Atoi(fields[1])
		f.resident = float64(pages * os.Getpagesize())
	}
	return f
}

// heap asks a Go server for its memory after a collection.
func (s *system) heap(ctx context.Context) (sum float64) {
	if s.admin == "" {
		return 0
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.admin+"/debug/pprof/heap?gc=1&debug=1", nil)
	if err != nil {
		return 0
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0
	}
	return readHeap(string(text))
}

// readHeap adds up the lines "# HeapInuse = 1" and "# Stack = 1 / 2".
func readHeap(text string) (sum float64) {
	for line := range strings.SplitSeq(text, "\n") {
		name, value, _ := strings.Cut(line, " = ")
		if name != "# HeapInuse" && name != "# Stack" {
			continue
		}
		value, _, _ = strings.Cut(value, " ")
		n, _ := strconv.ParseFloat(value, 64)
		sum += n
	}
	return sum
}
