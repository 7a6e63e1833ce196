package reports_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/reports"
)

// The sample is a report as a real suite makes it, from a seed: 12 edges, 6
// homes, three classes, one run with a planted fault. Distances are invented.

type spot struct {
	code, name string
	lat, lon   float64
}

var sampleEdges = []spot{
	{"AMS", "Amsterdam", 52.3, 4.8},
	{"LHR", "London", 51.5, -0.5},
	{"IAD", "Ashburn", 39, -77.5},
	{"SJC", "San Jose", 37.4, -121.9},
	{"GRU", "São Paulo", -23.4, -46.5},
	{"JNB", "Johannesburg", -26.1, 28.2},
	{"DXB", "Dubai", 25.3, 55.4},
	{"BOM", "Mumbai", 19.1, 72.9},
	{"SIN", "Singapore", 1.4, 104},
	{"NRT", "Tokyo", 35.8, 140.4},
	{"SYD", "Sydney", -33.9, 151.2},
	{"AKL", "Auckland", -37, 174.8},
}

var sampleHomes = []spot{sampleEdges[1], sampleEdges[2], sampleEdges[3], sampleEdges[8], sampleEdges[9], sampleEdges[10]}

// oneWay is a plausible delay between two places, ms.
func oneWay(a, b spot) float64 {
	rad := math.Pi / 180
	cos := math.Sin(a.lat*rad)*math.Sin(b.lat*rad) + math.Cos(a.lat*rad)*math.Cos(b.lat*rad)*math.Cos((a.lon-b.lon)*rad)
	return 0.4 + 6371*math.Acos(min(1, cos))*0.0072
}

// millis is a duration from milliseconds.
func millis(ms float64) time.Duration { return time.Duration(ms * float64(time.Millisecond)) }

// sample is the whole report.
func sample() *reports.Report {
	r := rand.New(rand.NewPCG(7, 11))
	report := &reports.Report{
		Title: "Standard suite", Suite: "standard",
		When:   reports.When{Started: time.Date(2026, 11, 23, 16, 54, 3, 0, time.UTC), Took: reports.Micros(92 * time.Second)},
		Args:   []string{"suite", "standard", "--seed", "7"},
		Places: map[string]string{},
	}
	for _, e := range sampleEdges {
		report.Places[e.code] = e.name
	}
	report.Conditions = reports.Conditions{
		{Key: "version", Value: "0.1.0 (adda54a)"},
		{Key: "machine", Value: "linux/amd64, 2 cores, 8 GB, Go 1.26"},
		{Key: "Postgres", Value: "18.4, local binaries, private cluster"},
		{Key: "Postgres durability", Value: "fsync=on, synchronous_commit=on, full_page_writes=on"},
		{Key: "network model", Value: "measured matrix where there is one, else area pairs; jitter log-normal"},
		{Key: "seed", Value: "7"},
	}
	report.Runs = []reports.Run{counterRun(r, "counter, one hot object", 1), counterRun(r, "counter, 256 objects", 256), chatRun(r), limiterRun(r)}
	return report
}

func links(r *rand.Rand) *reports.Network {
	n := &reports.Network{Limit: reports.Micros(2 * time.Millisecond)}
	var all []reports.Micros
	for _, e := range sampleEdges {
		for _, h := range sampleHomes {
			asked := millis(2 * oneWay(e, h))
			var off []reports.Micros
			for range 60 {
				off = append(off, reports.Micros(millis(0.03+r.ExpFloat64()*0.12)))
			}
			all = append(all, off...)
			err := spreadOf(off)
			n.Links = append(n.Links, reports.LinkError{
				Name: e.code + "-" + h.code, Edge: e.code, Home: h.code, N: 60,
				Injected: reports.Micros(asked), Measured: reports.Micros(asked) + err.P50, Error: err,
			})
		}
	}
	n.Pairs, n.N, n.Error = len(n.Links), int64(len(all)), spreadOf(all)
	return n
}

func spreadOf(off []reports.Micros) reports.Spread {
	slices.Sort(off)
	return reports.Spread{P50: off[len(off)/2], P99: off[len(off)*99/100], Max: off[len(off)-1]}
}

func begin(name, class string, args ...string) reports.Run {
	return reports.Run{
		Name: name, Engine: "live", Class: class, Args: append([]string{"run", "--class", class, "--seed", "7"}, args...),
		Conditions: reports.Conditions{{Key: "edges", Value: "12"}, {Key: "homes", Value: "6"}, {Key: "placement", Value: "first request, nearest home"}},
	}
}

// request is one HTTP operation from an edge to an object's home.
func request(r *rand.Rand, at time.Duration, edge, home spot, cold bool) *loadgen.Observation {
	o := &loadgen.Observation{
		Edge: regions.ID(edge.code), Outcome: loadgen.OK, Server: loadgen.Server{Home: regions.ID(home.code), Node: "n1", Epoch: 1},
		Scheduled: at, Sent: at + millis(r.ExpFloat64()*0.05),
	}
	jitter := 1 + 0.02*math.Abs(r.NormFloat64())
	if r.IntN(400) == 0 {
		jitter *= 1.6
	}
	o.Budget = loadgen.Budget{
		loadgen.Wait: o.Sent - o.Scheduled, loadgen.WAN: millis(2 * oneWay(edge, home) * jitter), loadgen.Route: millis(0.02 + 0.01*r.Float64()),
		loadgen.Queue: millis(r.ExpFloat64() * 0.6), loadgen.Turn: millis(0.01), loadgen.Commit: millis(1.1 + r.ExpFloat64()*0.7),
		loadgen.Return: millis(0.15 + r.ExpFloat64()*0.05),
	}
	if cold {
		o.Budget[loadgen.Activate] = millis(3 + r.ExpFloat64()*2)
		o.Budget[loadgen.Route] += millis(4 + r.ExpFloat64())
	}
	o.Done = o.Scheduled + o.Budget.Whole()
	return o
}

func counterRun(r *rand.Rand, name string, objects int) reports.Run {
	run := begin(name, "counter", "--objects", fmt.Sprint(objects), "--rate", "800/s", "--for", "20s")
	run.Network = links(r)
	run.Verdicts = []reports.Verdict{
		{Law: "counter is linearizable", Verdict: reports.OK, Why: "15,994 operations, each reply explained by one order"},
		run.Network.Verdict(),
	}
	run.Faults = nil
	t := reports.NewTally(run)
	touched := map[int]bool{}
	for i := range 16000 {
		object := r.IntN(objects)
		edge := sampleEdges[r.IntN(len(sampleEdges))]
		home := sampleHomes[0]
		if objects > 1 {
			home = sampleHomes[object%len(sampleHomes)]
		}
		o := request(r, time.Duration(i)*1250*time.Microsecond, edge, home, !touched[object])
		touched[object] = true
		o.Seq, o.Class, o.Object = uint64(i), "counter", fmt.Sprint("counter-", object)
		o.Operation.Kind = loadgen.Increment
		if i%2 == 1 {
			o.Operation.Kind = loadgen.Read
			o.Done -= o.Budget[loadgen.Commit]
			o.Budget[loadgen.Commit] = 0
		}
		switch {
		case i%4000 == 1999:
			o.Outcome = loadgen.Unknown
		case i%8000 == 7000:
			o.Outcome = loadgen.Failed
		}
		t.Add(o)
	}
	return t.Run()
}

func chatRun(r *rand.Rand) reports.Run {
	run := begin("chat, rooms across the world", "chat", "--objects", "4", "--clients", "48", "--rate", "20/s", "--for", "20s", "--plant", "lost-message")
	run.Network = links(r)
	run.Faults = []reports.Span{{Name: "partition", From: reports.Micros(9 * time.Second), To: reports.Micros(11 * time.Second)}}
	run.Verdicts = []reports.Verdict{
		{Law: "chat: one order for all members", Verdict: reports.OK, Why: "4 rooms, 400 messages"},
		{
			Law: "chat: no gap", Verdict: reports.Violated, Why: "room-2: client 17 (SYD) received 3 of the 4 messages between its first and its last",
			Witness: []string{"room-2, order of the room:    m-101  m-102  m-103  m-104", "client 17 (SYD) received:     m-101  m-102         m-104", "m-103 was sent by client 5 (AMS) at 8.204 s and reached 11 of 12 members"},
		},
		{Law: "chat: no duplicate", Verdict: reports.OK, Why: "4,795 deliveries"},
		{Law: "chat: sender FIFO", Verdict: reports.Unknown, Why: "the checker ran out of its 10 s"},
	}
	t := reports.NewTally(run)
	seq := uint64(0)
	add := func(o loadgen.Observation) {
		seq++
		o.Seq, o.Class, o.Outcome = seq, "chat", loadgen.OK
		t.Add(&o)
	}
	for client := range 48 {
		at := time.Duration(client) * time.Millisecond
		add(loadgen.Observation{
			Client: client, Edge: regions.ID(sampleEdges[client%12].code), Object: fmt.Sprint("room-", client/12),
			Operation: loadgen.Operation{Kind: loadgen.Join}, Scheduled: at, Sent: at, Done: at + millis(200),
		})
	}
	for message := range 400 {
		deliverAll(r, message, add)
	}
	return t.Run()
}

// deliverAll sends one message to the twelve members of a room; one copy is lost.
func deliverAll(r *rand.Rand, message int, add func(loadgen.Observation)) {
	room := r.IntN(4)
	sender := room*12 + r.IntN(12)
	from, home := sampleEdges[sender%12], sampleHomes[room]
	at := time.Second + time.Duration(message)*47*time.Millisecond
	up := oneWay(from, home) + 1.5 + r.ExpFloat64()
	o := loadgen.Observation{
		Client: sender, Edge: regions.ID(from.code), Object: fmt.Sprint("room-", room), Scheduled: at, Sent: at, Done: at + millis(2*up),
		Operation: loadgen.Operation{Kind: loadgen.Send, Text: fmt.Sprint("m-", message)},
		Server:    loadgen.Server{Home: regions.ID(home.code)},
	}
	add(o)
	for client := room * 12; client < room*12+12; client++ {
		if message == 103 && client%12 == 10 {
			continue
		}
		edge := sampleEdges[client%12]
		o.Client, o.Edge = client, regions.ID(edge.code)
		o.Operation = loadgen.Operation{Kind: loadgen.Deliver, Text: o.Operation.Text, Sender: sender}
		o.Done = at + millis(up+oneWay(edge, home)+r.ExpFloat64()*0.4)
		add(o)
	}
}

func limiterRun(r *rand.Rand) reports.Run {
	run := begin("limiter, 8 keys", "limiter", "--objects", "8", "--rate", "60/s", "--for", "20s")
	run.Network = links(r)
	run.Limit = &reports.Limit{Capacity: 100, RefillPerS: 100.0 / 60}
	run.Verdicts = []reports.Verdict{{Law: "limiter: never above capacity and refill", Verdict: reports.OK, Why: "8 keys, no window above its limit"}}
	t := reports.NewTally(run)
	tokens := map[int]float64{}
	for i := range 1200 {
		key := r.IntN(8)
		at := time.Duration(i) * time.Second / 60
		edge := sampleEdges[r.IntN(len(sampleEdges))]
		left, known := tokens[key]
		o := request(r, at, edge, sampleHomes[key%6], !known)
		if !known {
			left = 100
		}
		o.Seq, o.Class, o.Object = uint64(i), "limiter", fmt.Sprint("key-", key)
		o.Operation.Kind = loadgen.Take
		o.Reply.Status, o.Reply.Allowed = 200, left >= 1
		if !o.Reply.Allowed {
			o.Reply.Status = 429
			left++
		}
		tokens[key] = left - 1 + 0.08
		t.Add(o)
	}
	return t.Run()
}
