package refimpl_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/durabench/durabench/refimpl"
	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store/memory"
	"github.com/durabench/durabench/regions"
)

// idleSockets is how many sockets are measured, if the process may have as many files.
const idleSockets = 20_000

// BenchmarkIdleSocket measures what a socket costs its node whose object
// hibernates: heap and stacks after a collection, and what the system counts. The
// clients are another process.
func BenchmarkIdleSocket(b *testing.B) {
	for _, each := range []int{100, 1} {
		b.Run(fmt.Sprintf("%d to an object", each), func(b *testing.B) {
			if b.N > 1 {
				b.Skip("it is measured once")
			}
			measureIdle(b, each)
		})
	}
}

// Over 8 KiB, a machine of 16 GB holds fewer than two million sockets. This asks
// a few, so that it is known before somebody runs the benchmark.
func TestIdleSocketsAreCheap(t *testing.T) {
	if testing.Short() || runtime.GOOS != "linux" {
		t.Skip("elsewhere a socket has a buffer")
	}
	const bound = 8 << 10
	if cost := idleCost(t, 2_000, 100); cost.memory > bound && !raceEnabled {
		t.Errorf("an idle socket costs %d bytes, want at most %d", cost.memory, bound)
	}
}

// An edge keeps what net/http has of a socket that it passes on: the buffers of two
// connections and the stacks of three goroutines. Those of a copy are not added.
func TestIdleForwardedSocketsAreBounded(t *testing.T) {
	if testing.Short() || runtime.GOOS != "linux" {
		t.Skip("elsewhere a socket has a buffer")
	}
	const bound = 64 << 10
	if cost := forwardedCost(t, 1_000); cost.memory > bound && !raceEnabled {
		t.Errorf("an idle socket that is passed on costs %d bytes, want at most %d", cost.memory, bound)
	}
}

func measureIdle(b *testing.B, each int) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		b.Fatal(err)
	}
	count := min(idleSockets, int(limit.Cur)-200)
	cost := idleCost(b, count-count%each, each)
	b.ReportMetric(float64(cost.memory), "B/socket")
	b.ReportMetric(float64(cost.resident), "rss-B/socket")
	b.ReportMetric(float64(count), "sockets")
}

// BenchmarkIdleForwardedSocket measures what a socket costs edge and home together, if
// the home is remote. It is less than twice what it costs a home.
func BenchmarkIdleForwardedSocket(b *testing.B) {
	if b.N > 1 {
		b.Skip("it is measured once")
	}
	cost := forwardedCost(b, 4_000)
	b.ReportMetric(float64(cost.memory), "B/socket")
	b.ReportMetric(float64(cost.resident), "rss-B/socket")
}

// forwardedCost is idleCost of sockets that come over an edge.
func forwardedCost(t testing.TB, count int) idlePrice {
	class := &sleepy{}
	address, _ := homeOf(t, refimpl.SocketLimits{}, class.class())
	return costOf(t, class, edgeBefore(t, address, class.class()), func(name string) string { return "/object/echo/" + url.PathEscape(name) + "/" }, count, 100)
}

// edgeBefore serves the public for a home at an address.
func edgeBefore(t testing.TB, address string, class object.Class) string {
	t.Helper()
	remote := refimpl.NewRemote(address, (&net.Dialer{}).DialContext, refimpl.SystemClock(), quiet())
	edge := refimpl.NewEdge(refimpl.EdgeConfig{
		Namespaces: refimpl.NewNamespaces("test", []object.Class{class}), Clock: refimpl.SystemClock(),
		Directory: memory.NewDirectory(memory.NewServer(16)), Homes: map[regions.ID]refimpl.Home{home: remote},
		Place: func(refimpl.Ask) (regions.ID, error) { return home, nil },
	})
	server := httptest.NewUnstartedServer(nil)
	server.Config = refimpl.NewEdgeServer(edge)
	server.Start()
	t.Cleanup(func() {
		remote.Close()
		server.Close()
	})
	return server.Listener.Addr().String()
}

type idlePrice struct{ memory, resident int }

// idleCost opens sockets, each so many to an object, and waits until all hibernate.
func idleCost(t testing.TB, count, each int) idlePrice {
	class := &sleepy{}
	address, path := homeOf(t, refimpl.SocketLimits{}, class.class())
	return costOf(t, class, address, path, count, each)
}

func costOf(t testing.TB, class *sleepy, address string, path func(name string) string, count, each int) idlePrice {
	join(t, address, path("warm up")).conn.Close()
	before := weigh()

	clients := exec.Command(os.Args[0], "-test.run", "^TestIdleClient$", "-test.timeout", "10m")
	clients.Env = append(os.Environ(), "IDLE_CLIENT="+address)
	clients.Stderr = os.Stderr
	in, err := clients.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := clients.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := clients.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		in.Close()
		_ = clients.Wait()
	}()
	for i := range count {
		fmt.Fprintln(in, path(strconv.Itoa(i/each)))
	}
	fmt.Fprintln(in, "joined")
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || strings.TrimSpace(line) != "joined" {
		t.Fatalf("the clients said %q (%v)", line, err)
	}
	for class.alive.Load() > 0 { // each collection takes those that left the core
		runtime.GC()
	}
	after := weigh()
	return idlePrice{(after.memory - before.memory) / count, (after.resident - before.resident) / count}
}

// TestIdleClient is the clients' process; by itself it does nothing.
func TestIdleClient(t *testing.T) {
	address := os.Getenv("IDLE_CLIENT")
	if address == "" {
		t.Skip("it is the other half of the measurement of idle sockets")
	}
	lines := bufio.NewScanner(os.Stdin)
	var open []net.Conn
	for lines.Scan() {
		if lines.Text() == "joined" {
			fmt.Println("joined")
			continue
		}
		p := join(t, address, lines.Text())
		p.send(ping("x")) // the answer shows that the listener runs
		if got := p.next(); got != "pong x" {
			t.Fatal(got)
		}
		open = append(open, p.conn)
	}
	for _, c := range open {
		c.Close()
	}
}

// weigh is what the process holds after a collection.
func weigh() idlePrice {
	runtime.GC()
	runtime.GC() // the pools are emptied in two
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return idlePrice{
		memory:   int(m.HeapInuse + m.StackInuse + m.MSpanInuse + m.MCacheInuse),
		resident: residentBytes(),
	}
}

func residentBytes() int {
	f, err := os.Open("/proc/self/statm")
	if err != nil {
		return 0
	}
	defer f.Close()
	text, _ := io.ReadAll(f)
	fields := strings.Fields(string(text))
	if len(fields) < 2 {
		return 0
	}
	pages, _ := strconv.Atoi(fields[1])
	return pages * os.Getpagesize()
}

// sleepy is a class whose instances are counted.
type sleepy struct{ alive atomic.Int64 }

func (c *sleepy) class() object.Class {
	return object.Class{Name: "echo", New: func(object.State) (object.Object, error) {
		c.alive.Add(1)
		instance := &dormant{echo{}}
		runtime.AddCleanup(instance, func(c *sleepy) { c.alive.Add(-1) }, c)
		return instance, nil
	}}
}

type dormant struct{ inner object.Object } // with a pointer, so that it does not share its memory with others

func (d *dormant) Fetch(s object.State, r *object.Request) (*object.Response, error) {
	return d.inner.Fetch(s, r)
}
