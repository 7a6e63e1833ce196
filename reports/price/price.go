// Package price is Cloudflare's price list of one day, and what one operation of
// each class is charged by it.
//
// Both are data: prices.json holds the list, usage.json what an operation asks
// of an object, of KV, of D1 and of R2. A Bill counts what is charged for:
//
//	bill USD = sum over units of count / Per * USD
//
// A cost from here is a model computed from a list; nobody ever paid it.
package price

import (
	_ "embed"
	"encoding/json"
	"fmt"
)

// Unit is something that Cloudflare charges for.
type Unit int

// The units. A message is one that a WebSocket brings to an object; those that it sends are free.
const (
	ObjectRequest Unit = iota
	ObjectMessage
	ObjectGBSecond // 128 MB for as long as an object is in memory
	ObjectRowRead
	ObjectRowWritten
	ObjectStored // GB-month, as are all that are stored
	KVRead
	KVWrite
	KVList
	KVStored
	D1Read
	D1Written
	D1Stored
	R2ClassA // put, list
	R2ClassB // get
	R2Stored
	Units // how many there are
)

var unitNames = [Units]string{
	"object request", "object message", "object GB-s", "object row read", "object row written", "object GB-month",
	"KV read", "KV write", "KV list", "KV GB-month", "D1 row read", "D1 row written", "D1 GB-month",
	"R2 class A", "R2 class B", "R2 GB-month",
}

// String is the unit's name, as in the data files and in results.
func (u Unit) String() string { return unitNames[u] }

// ParseUnit finds a unit by its name.
func ParseUnit(name string) (Unit, bool) {
	for u, n := range unitNames {
		if n == name {
			return Unit(u), true
		}
	}
	return 0, false
}

// Price is what a unit costs.
type Price struct {
	Unit string  `json:"unit"`
	USD  float64 `json:"usd"` // for so many:
	Per  float64 `json:"per"`
	// Included is how many a month of the paid plan come with it.
	Included float64 `json:"included"`
	Source   string  `json:"source"`
}

// One is what one of the unit costs, in USD.
func (p *Price) One() float64 { return p.USD / p.Per }

// List is a price list.
type List struct {
	Dated  string // the day on which it was read
	Plan   string
	Prices [Units]Price
}

//go:embed prices.json
var prices []byte

// Current is the list that comes with this version.
func Current() *List {
	list, err := parse(prices)
	if err != nil {
		panic("price: the embedded list is wrong: " + err.Error())
	}
	return list
}

// parse reads a list, in which each unit stands once, in order.
func parse(data []byte) (*List, error) {
	var file struct {
		Dated, Plan string
		Prices      []Price
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, fmt.Errorf("read price list: %w", err)
	}
	list := &List{Dated: file.Dated, Plan: file.Plan}
	if copy(list.Prices[:], file.Prices) != int(Units) || len(file.Prices) != int(Units) {
		return nil, fmt.Errorf("read price list: %d prices, want %d", len(file.Prices), Units)
	}
	for u, p := range list.Prices {
		if p.Unit != unitNames[u] || p.USD <= 0 || p.Per <= 0 || p.Included < 0 || p.Source == "" {
			return nil, fmt.Errorf("read price list: price %d of %q: want one of %q", u+1, p.Unit, unitNames[u])
		}
	}
	return list, nil
}

// gbPerObject is the memory billed for an object, whatever it uses.
const gbPerObject = 0.128

// ObjectGBSeconds is what is charged for objects that were in memory for so many seconds in all.
func ObjectGBSeconds(seconds float64) float64 { return gbPerObject * seconds }

// messagesPerRequest is how many messages share the price, and the allowance, of a request.
const messagesPerRequest = 20

// Bill counts what is charged for, by Unit.
type Bill [Units]float64

// Add adds another bill so many times.
func (b *Bill) Add(other *Bill, times float64) {
	for u, n := range other {
		b[u] += float64(n * times) // the conversion forbids fused rounding: results repeat on every machine
	}
}

// USD is what the bill costs if nothing is included.
func (b *Bill) USD(list *List) float64 {
	var sum float64
	for u := range list.Prices {
		sum += float64(b[u] * list.Prices[u].One())
	}
	return sum
}

// Beyond is what a month's bill leaves to pay after what the plan includes.
// Messages are counted as requests, for they share one allowance.
func (b *Bill) Beyond(list *List) Bill {
	left := *b
	left[ObjectRequest] += left[ObjectMessage] / messagesPerRequest
	left[ObjectMessage] = 0
	for u := range left {
		left[u] = max(0, left[u]-list.Prices[u].Included)
	}
	return left
}

// PerMillion is what a million operations cost in USD if so many cost this bill; 0 if there were none.
func (b *Bill) PerMillion(list *List, operations int64) float64 {
	if operations == 0 {
		return 0
	}
	return b.USD(list) / float64(operations) * 1e6
}
