package placement

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/durabench/durabench/regions"
)

// sun keeps every object, from its birth on, where the clock says, where people are at work: a schedule of homes by the hour
// of the day, UTC. A home that an object may not live in is left out; who is born in such an hour is born near its first
// request.
type sun struct {
	first
	hours [24]Home
	text  string
}

func (r sun) Put(b Birth) Home {
	if to := r.at(b.At); b.Homes.Has(to) {
		return to
	}
	return r.first.Put(b)
}

func (r sun) Observe(_ *State, a Access) Home {
	if to := r.at(a.At); a.Homes.Has(to) {
		return to
	}
	return a.Home
}

// at is the home of an instant's hour.
func (r sun) at(at time.Duration) Home { return r.hours[(int(at/time.Hour)%24+24)%24] }

func (r sun) String() string { return r.text }

// newSun reads a schedule as HOME@HOUR/HOME@HOUR, or makes one of where the world's users are at work.
func newSun(t *Table, text string) (sun, error) {
	s := sun{first: first{t}, text: "sun"}
	if text == "" {
		s.hours = t.workday()
		return s, nil
	}
	for i := range s.hours {
		s.hours[i] = None
	}
	for part := range strings.SplitSeq(text, "/") {
		name, at, _ := strings.Cut(part, "@")
		hour, err := strconv.Atoi(at)
		if err != nil || hour < 0 || hour > 23 {
			return s, &regions.NameError{Kind: "schedule", Name: text, Why: fmt.Sprintf("%q is no home at an hour from 0 to 23, as in NRT@0/LHR@8/IAD@15", part)}
		}
		home, err := t.parseHome(name)
		if err != nil {
			return s, err
		}
		s.hours[hour] = home
	}
	s.text = "sun:" + text
	s.fill()
	return s, nil
}

// fill lets each home stay until the next one's hour, around midnight too.
func (r *sun) fill() {
	at := slices.IndexFunc(r.hours[:], func(h Home) bool { return h != None })
	for i := range 24 {
		if hour := (at + i) % 24; r.hours[hour] == None {
			r.hours[hour] = r.hours[(hour+23)%24]
		}
	}
}

// workday is the median of the users at work, by the hour: everybody from nine to five by their own clock.
func (t *Table) workday() (hours [24]Home) {
	for hour := range hours {
		var sums [MaxHomes]float32
		for e, p := range t.Edges {
			local := math.Mod(float64(hour)+p.Zone.January.Hours()+24, 24)
			if local < 9 || local >= 17 {
				continue
			}
			for h := range t.Homes {
				sums[h] += float32(float32(p.Weight) * t.toHome[e][h])
			}
		}
		hours[hour] = t.least(sums[:len(t.Homes)], t.All())
	}
	return hours
}
