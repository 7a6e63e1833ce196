package reports

import (
	"fmt"
	"time"

	"github.com/durabench/durabench/reports/price"
)

// Cost is what the traffic of a run costs by a price list: a model, which is told
// beside every number that comes from it.
type Cost struct {
	Dated      string    `json:"dated"` // of the price list
	Plan       string    `json:"plan"`
	Operations int64     `json:"operations"`
	Objects    int64     `json:"objects"`
	Window     Micros    `json:"window_us"` // over which they were asked for
	Ways       []CostWay `json:"ways"`
	// Assumptions are those of this run; costNotes hold for all.
	Assumptions []string `json:"assumptions"`
}

// CostWay is what one way to keep the data costs.
type CostWay struct {
	Name string `json:"way"`
	// Counted says that the primitive's model counted what it charged for; else
	// it is what the usual program of the class would ask for.
	Counted bool `json:"counted,omitempty"`
	// Units are what the run is charged for, by the unit's name.
	Units map[string]float64 `json:"units"`
	// Month is what the same rate costs in a month of 30 days, by part; nothing is included.
	Month    CostParts `json:"month_usd"`
	MonthUSD float64   `json:"month_sum_usd"`
	// BeyondUSD is what is left of it to pay after the plan's monthly allowances.
	BeyondUSD     float64 `json:"month_beyond_allowances_usd"`
	PerMillionUSD float64 `json:"per_million_operations_usd"`
}

// CostParts are USD by what they are paid for.
type CostParts struct {
	Requests float64 `json:"requests"` // of KV and R2: reads, writes, lists
	Messages float64 `json:"messages"`
	Duration float64 `json:"duration"`
	Rows     float64 `json:"rows"`
	Storage  float64 `json:"storage"`
}

// The ways, as they are called in reports. Those of a primitive are called as it is.
const (
	OnObject      = "object"
	OnAwakeObject = "object kept awake"
)

const month = 30 * 24 * time.Hour

// Way is the one of a name; nil if there is none.
func (c *Cost) Way(name string) *CostWay {
	if c == nil {
		return nil
	}
	for i := range c.Ways {
		if c.Ways[i].Name == name {
			return &c.Ways[i]
		}
	}
	return nil
}

// partOf says what a unit is paid for.
func (p *CostParts) partOf(u price.Unit) *float64 {
	switch u {
	case price.ObjectMessage:
		return &p.Messages
	case price.ObjectGBSecond:
		return &p.Duration
	case price.ObjectRowRead, price.ObjectRowWritten, price.D1Read, price.D1Written:
		return &p.Rows
	case price.ObjectStored, price.KVStored, price.D1Stored, price.R2Stored:
		return &p.Storage
	}
	return &p.Requests
}

// wayOf prices a bill.
func (c *Cost) wayOf(name string, list *price.List, bill *price.Bill) CostWay {
	way := CostWay{Name: name, Units: map[string]float64{}, PerMillionUSD: bill.PerMillion(list, c.Operations)}
	var inMonth price.Bill
	if c.Window > 0 {
		inMonth.Add(bill, float64(month)/float64(c.Window))
	}
	for u, n := range bill {
		if n == 0 {
			continue
		}
		unit := price.Unit(u)
		way.Units[unit.String()] = n
		*way.Month.partOf(unit) += float64(inMonth[u] * list.Prices[u].One())
	}
	beyond := inMonth.Beyond(list)
	way.MonthUSD, way.BeyondUSD = inMonth.USD(list), beyond.USD(list)
	return way
}

// assume says what this run's cost rests on.
func (c *Cost) assume(bytes float64, unknown []string, untold bool) {
	c.Assumptions = append(c.Assumptions, fmt.Sprintf("%s operations on %s in %v, repeated for 30 days; each object keeps %s bytes",
		count(c.Operations), counted(int(c.Objects), "object"), c.Window, count(int64(bytes))))
	if untold {
		c.Assumptions = append(c.Assumptions, fmt.Sprintf("some replies tell nothing of their time at the object: %v is assumed for each", Micros(handling)))
	}
	for _, kind := range unknown {
		c.Assumptions = append(c.Assumptions, fmt.Sprintf("nobody described what %q is charged: it is counted as a request that reads and writes one row or value", kind))
	}
}
