package place

// PriceSweep is what bytes between regions cost against their price.
type PriceSweep struct {
	Population string      `json:"population"`
	USDPerGB   []float64   `json:"usd_per_gb"`
	Lines      []PriceLine `json:"strategies"`
}

// PriceLine is one strategy along it; its array is that of prices.
type PriceLine struct {
	Strategy      string    `json:"strategy"`
	Yardstick     bool      `json:"yardstick,omitempty"`
	USDPerMillion []float64 `json:"usd_per_million_accesses"`
}

// PricesOf says what the bytes of a comparison would cost at each price. No strategy weighs bytes, so none does otherwise.
func PricesOf(c *Comparison, usdPerGB []float64) *PriceSweep {
	s := &PriceSweep{Population: c.Name, USDPerGB: usdPerGB}
	for _, r := range c.Rows {
		if r.Latency.N == 0 {
			continue
		}
		line := PriceLine{Strategy: r.Strategy, Yardstick: r.Yardstick}
		for _, usd := range usdPerGB {
			line.USDPerMillion = append(line.USDPerMillion, Price{usd}.perMillion(r.Traffic.CrossGB, float64(r.Latency.N)))
		}
		s.Lines = append(s.Lines, line)
	}
	return s
}

// perMillion is what so many GB of so many accesses cost for a million of them, in dollars.
func (p Price) perMillion(gb, accesses float64) float64 { return gb * p.USDPerGB / accesses * 1e6 }
