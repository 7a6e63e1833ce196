package price_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/durabench/durabench/reports/price"
)

func ExampleBill_PerMillion() {
	var b price.Bill
	b[price.KVRead] = 10
	b[price.KVWrite] = 10
	list := price.Current()
	fmt.Printf("$%.2f for a million increments, at the prices of %s\n", b.PerMillion(list, 10), list.Dated)
	// Output: $5.50 for a million increments, at the prices of 2026-11-23
}

// TestMonths follows what price lists and their readers say of whole months.
func TestMonths(t *testing.T) {
	const month = 30 * 24 * 3600
	list := price.Current()
	for _, row := range []struct {
		story        string
		bill         price.Bill
		plain, after float64 // USD, nothing included and beyond what the plan includes
	}{
		{
			"one object that never sleeps: 331,776 GB-s, all of it within the plan's 400,000",
			price.Bill{price.ObjectGBSecond: price.ObjectGBSeconds(month)},
			4.1472, 0,
		},
		{
			"a counter at 100 increments a second: 259.2 million requests and rows",
			price.Bill{price.ObjectRequest: 100 * month, price.ObjectRowWritten: 100 * month},
			298.08, 38.73 + 209.2,
		},
		{"the same on D1", price.Bill{price.D1Written: 100 * month}, 259.2, 209.2},
		{"the same on R2", price.Bill{price.R2ClassA: 100 * month, price.R2ClassB: 100 * month}, 1166.4 + 93.312, 1161.9 + 89.712},
		{"the same on KV", price.Bill{price.KVWrite: 100 * month}, 1296, 1291},
		{
			"twenty messages are a request, and share its million",
			price.Bill{price.ObjectRequest: 500_000, price.ObjectMessage: 30_000_000},
			0.075 + 0.225, 0.15,
		},
		{"100 GB kept", price.Bill{price.ObjectStored: 100, price.KVStored: 100}, 20 + 50, 19 + 49.5},
		{"nothing", price.Bill{}, 0, 0},
	} {
		beyond := row.bill.Beyond(list)
		if plain, after := row.bill.USD(list), beyond.USD(list); math.Abs(plain-row.plain) > 0.01 || math.Abs(after-row.after) > 0.01 {
			t.Errorf("%s: $%.3f, and $%.3f beyond the plan; want $%.3f and $%.3f", row.story, plain, after, row.plain, row.after)
		}
	}
}

func TestNoOperationsCostNothing(t *testing.T) {
	b := price.Bill{price.KVRead: 1}
	if got := b.PerMillion(price.Current(), 0); got != 0 {
		t.Errorf("no operation costs %v", got)
	}
}

func TestUnitsAreNamed(t *testing.T) {
	for u := range price.Units {
		if again, ok := price.ParseUnit(u.String()); !ok || again != u {
			t.Errorf("unit %d is called %q, which is %d", u, u, again)
		}
	}
	if _, ok := price.ParseUnit("lunch"); ok {
		t.Error("lunch is a unit")
	}
}

func TestUsage(t *testing.T) {
	for _, row := range []struct {
		story, class, kind string
		known              bool
		unit               price.Unit
		want               float64
	}{
		{"an increment writes a row", "counter", "increment", true, price.ObjectRowWritten, 1},
		{"a read writes none", "counter", "value", true, price.ObjectRowWritten, 0},
		{"a chat message is no request", "chat", "send", true, price.ObjectRequest, 0},
		{"what nobody described is a request that writes", "counter", "juggle", false, price.ObjectRowWritten, 1},
		{"and so is all that an unknown class does", "theatre", "play", false, price.KVWrite, 1},
	} {
		u := price.UsageOf(row.class)
		bill, known := u.Of(row.kind)
		if known != row.known || bill[row.unit] != row.want {
			t.Errorf("%s: %v of %s, known %v", row.story, bill[row.unit], row.unit, known)
		}
	}
}
