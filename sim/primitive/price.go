package primitive

// Unit is something that Cloudflare charges for.
type Unit int

// The units. A message is one that a WebSocket brings to an object; those that it sends are free.
const (
	ObjectRequest Unit = iota
	ObjectMessage
	ObjectGBSecond // 128 MB for as long as an object is in memory
	ObjectRowRead
	ObjectRowWritten
	KVRead
	KVWrite
	KVList
	D1Read
	D1Written
	R2ClassA // put, list
	R2ClassB // get
	Units    // how many there are
)

// Bill counts what is charged for, by Unit.
type Bill [Units]float64

// Price is what a million of a unit costs.
type Price struct {
	Unit       Unit
	Name       string
	PerMillion float64 // USD
	Source     string
}

// PricesDated is the day on which the prices were read.
const PricesDated = "2026-11-23"

// gbPerObject is the memory billed for an object, whatever it uses.
const gbPerObject = 0.128

// ObjectGBSeconds is what objects cost that were in memory for so many seconds in all.
func ObjectGBSeconds(seconds float64) float64 { return gbPerObject * seconds }

// Prices are what the paid plan charges beyond what it includes, by Unit.
// Storage, the Worker itself and the plan's fee are not in them.
func Prices() [Units]Price {
	const (
		objects = "Cloudflare docs: Durable Objects pricing"
		kv      = "Cloudflare docs: KV pricing"
		d1      = "Cloudflare docs: D1 pricing"
		r2      = "Cloudflare docs: R2 pricing"
	)
	return [Units]Price{
		{ObjectRequest, "object request", 0.15, objects},
		{ObjectMessage, "object message received", 0.15 / 20, objects + ", 20 to 1"},
		{ObjectGBSecond, "object GB-s", 12.50, objects},
		{ObjectRowRead, "object row read", 0.001, objects},
		{ObjectRowWritten, "object row written", 1.00, objects},
		{KVRead, "KV read", 0.50, kv},
		{KVWrite, "KV write", 5.00, kv},
		{KVList, "KV list", 5.00, kv},
		{D1Read, "D1 row read", 0.001, d1},
		{D1Written, "D1 row written", 1.00, d1},
		{R2ClassA, "R2 class A", 4.50, r2},
		{R2ClassB, "R2 class B", 0.36, r2},
	}
}

// Add adds another bill.
func (b *Bill) Add(other Bill) {
	for u, n := range other {
		b[u] += n
	}
}

// PerMillion is what a million operations cost in USD if so many cost this bill; 0 if there were none.
func (b Bill) PerMillion(operations int) float64 {
	if operations == 0 {
		return 0
	}
	var sum float64
	for u, p := range Prices() {
		sum += float64(b[u] * p.PerMillion)
	}
	return sum / float64(operations)
}
