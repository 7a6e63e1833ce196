package main

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/durabench/durabench/regions/placement"
)

// populationFlags say who uses the objects.
type populationFlags struct {
	Population []string `help:"Who uses the objects: solo, team, world, script, sun, mover, hot, mix." default:"solo,team,world,script,sun,mover,hot,mix" placeholder:"KIND" group:"population"`
	Objects    int      `help:"Objects of each population and seed; hot has a hundredth of them." default:"1000" group:"population"`
	Rate       string   `help:"Accesses to the mean object: 20/d, 3/h, 10/m; hot has a hundred times as many." default:"20/d" group:"population"`
	For        days     `help:"How long objects are used: whole days." default:"14d" group:"population"`
	Zipf       float64  `help:"Popularity: the nth object is asked n^-ZIPF as often as the first." default:"0.8" group:"population"`
	Size       string   `help:"Median size of an object: 100KB, 2MB; in a trace, which does not tell, the size of each." default:"100KB" group:"population"`
	Message    string   `help:"Bytes of a request and its reply." default:"2KB" group:"population"`
	Script     string   `help:"The place of the script that creates the objects of the population script." default:"IAD" placeholder:"PLACE" group:"population"`
	Seeds      int      `help:"Samples of each population, with seeds from --seed on; intervals are over them." default:"8" group:"population"`
	Seed       uint64   `help:"The first seed." default:"1" group:"population"`
}

// traceFlags say which accesses were recorded.
type traceFlags struct {
	Trace   string `help:"Instead of populations, the accesses in this file: CSV or lines of JSON (time, object, edge[, op, bytes]), gzipped or not, or observations.jsonl.gz of an earlier run." type:"existingfile" placeholder:"FILE" group:"trace"`
	Lenient bool   `help:"Count bad lines of a trace and skip them: one more than an hour ahead of the next line, too, rather than all that follow it; of a file that was cut short the whole part is kept." group:"trace"`
	Save    string `help:"Write the accesses as a trace to this new file (CSV; gzipped if it ends in .gz) and stop: those of --trace, whatever its form, or of the first --population and seed." placeholder:"FILE" group:"trace"`
}

// moveFlags say where objects may live and what moving costs.
type moveFlags struct {
	Homes     []string `help:"Places where objects may live. Default: all 32 that host any." placeholder:"PLACE" group:"cost"`
	Cost      float64  `help:"D: what a move costs, in round trips between the two homes." default:"20" group:"cost"`
	Copy      string   `help:"How fast a move copies the bytes of its object between the homes, while the object is away, as in 50MB/s: on top of D. The default is one connection with 4 MB under way over 80 ms. 0 or none: copying takes no time." default:"50MB/s" placeholder:"RATE" group:"cost"`
	BytePrice float64  `help:"Price of a GB between regions, in dollars." default:"0.02" group:"cost"`
	Sweep     []string `help:"Show the last population over a range: its cost at each price of a move, D=1..200; what its bytes between regions cost at each price of a GB, price=0.01..0.2; or both." placeholder:"D=FROM..TO" group:"cost"`
	Window    days     `help:"A move back within this time is an oscillation." default:"24h" group:"cost"`
	Every     int      `help:"Ask the clairvoyant about one object in so many; 0: never. Default: as many as a few seconds allow." default:"-1" placeholder:"N" group:"cost"`
}

// check refuses what no comparison can heed.
func (p placeCmd) check(g given) error {
	const day = days(24 * time.Hour)
	switch {
	case g["every"] && p.Every < 0:
		return fmt.Errorf("--every %d: want 0 or more", p.Every)
	case p.Objects < 1 || p.Objects > 1<<40:
		return fmt.Errorf("--objects %d: want 1 or more, or the population is empty, and at most 2^40", p.Objects)
	case p.For < day || p.For%day != 0: // ten years are as much as can be written
		return fmt.Errorf("--for %s: want whole days, from 1d to ten years (3650d)", p.For)
	case !(p.Zipf >= 0 && p.Zipf <= 3):
		return fmt.Errorf("--zipf %v: want an exponent from 0 to 3", p.Zipf)
	case p.Save != "" && len(p.Strategies) > 0:
		return fmt.Errorf("strategy %s has no effect here: --save writes accesses down, and compares nothing", p.Strategies[0])
	}
	for _, s := range p.Strategies {
		if strings.Contains(s, ",") {
			return fmt.Errorf("strategies %s: want spaces between them, no commas: %s", s, strings.ReplaceAll(s, ",", " "))
		}
	}
	return g.refuse(p.idle())
}

// sweeps are the ranges to show results over.
type sweeps struct {
	d      []float64 // round trips that a move costs
	prices []float64 // dollars for a GB between regions
}

// parseSweeps reads D=FROM..TO, or FROM..TO for short, and price=FROM..TO.
func parseSweeps(texts []string) (s sweeps, err error) {
	for _, text := range texts {
		to, least, form := &s.d, 0.5, "D=1..200"
		span, priced := strings.CutPrefix(text, "price=")
		if priced {
			to, least, form = &s.prices, 1e-6, "price=0.01..0.2"
		}
		if *to != nil {
			return s, fmt.Errorf("%q: one range of a kind is enough", text)
		}
		if *to, err = parseSteps(strings.TrimPrefix(span, "D="), least); err != nil {
			return s, fmt.Errorf("%q: want two numbers from %v to 1000000, the lower first, as in %s", text, least, form)
		}
	}
	return s, nil
}

// parseSteps reads FROM..TO, as eight steps of equal ratio.
func parseSteps(text string, least float64) ([]float64, error) {
	from, to, ok := strings.Cut(text, "..")
	low, errLow := strconv.ParseFloat(from, 64)
	high, errHigh := strconv.ParseFloat(to, 64)
	if !ok || errLow != nil || errHigh != nil || !(low >= least && high > low && high <= 1e6) {
		return nil, fmt.Errorf("%q is no range", text)
	}
	const steps = 8
	var all []float64
	for i := range steps {
		d := low * math.Pow(high/low, float64(i)/(steps-1))
		rounded, err := strconv.ParseFloat(strconv.FormatFloat(d, 'g', 2, 64), 64)
		if err != nil {
			return nil, err
		}
		all = append(all, rounded)
	}
	all[0], all[steps-1] = low, high
	return slices.Compact(all), nil
}

// days is a time that may be written in days.
type days time.Duration

// UnmarshalText reads 14d, or what Go reads.
func (d *days) UnmarshalText(text []byte) error {
	t, err := placement.ParseTime(string(text))
	*d = days(t)
	return err
}

// String is the time in whole days, if it is.
func (d days) String() string {
	const day = days(24 * time.Hour)
	if d%day == 0 {
		return strconv.Itoa(int(d/day)) + "d"
	}
	return time.Duration(d).String()
}

// parseBytes reads 100, 100B, 100KB, 2MB, 1GB.
func parseBytes(text string) (int64, error) {
	number := strings.TrimRight(strings.ToUpper(strings.TrimSpace(text)), "BKMG")
	unit := map[string]float64{"": 1, "B": 1, "KB": 1e3, "K": 1e3, "MB": 1e6, "M": 1e6, "GB": 1e9, "G": 1e9}
	factor, ok := unit[strings.ToUpper(strings.TrimSpace(text))[len(number):]]
	n, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if !ok || err != nil || !(n >= 0 && n*factor < 1e15) {
		return 0, fmt.Errorf("%q: want bytes, such as 500, 100KB or 2MB", text)
	}
	return int64(n * factor), nil
}

// slowest is how long a move may copy an object of the median size.
const slowest = time.Hour

// parseCopy reads bytes per second, such as 50MB/s, for objects of a size; 0 or none: copying takes no time.
func parseCopy(text string, size int64) (float64, error) {
	text = strings.TrimSpace(text)
	if text == "0" || strings.EqualFold(text, "none") {
		return 0, nil
	}
	amount, ok := strings.CutSuffix(strings.ToLower(text), "/s")
	rate, err := parseBytes(amount)
	if !ok || err != nil || rate < 1 {
		return 0, fmt.Errorf("%q: want bytes per second, such as 50MB/s, or none", text)
	}
	if float64(size)/float64(rate) > slowest.Seconds() {
		return 0, fmt.Errorf("%s: that copies an object of %d bytes in more than %v", text, size, slowest)
	}
	return float64(rate), nil
}

// parsePerDay reads N/TIME: 20/d, 100/14d, 3/h, 10/m, 1/s.
func parsePerDay(text string) (float64, error) {
	number, per, ok := strings.Cut(strings.TrimSpace(text), "/")
	n, err := strconv.ParseFloat(number, 64)
	if ok && err == nil && per != "" {
		unit := map[byte]float64{'d': 1, 'h': 24, 'm': 24 * 60, 's': 24 * 3600}[per[len(per)-1]]
		count := 1.0
		if len(per) > 1 {
			count, err = strconv.ParseFloat(per[:len(per)-1], 64)
		}
		if err == nil && unit > 0 && count > 0 && n > 0 && n*unit/count <= 1e9 {
			return n * unit / count, nil
		}
	}
	return 0, fmt.Errorf("%q: want accesses per time, such as 20/d, 100/14d or 3/h", text)
}
