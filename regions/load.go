package regions

import (
	"embed"
	"encoding/csv"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

//go:embed data/*.csv
var data embed.FS

// Load makes the map from the tables in the binary. It fails only if the binary was built with broken ones.
func Load() (*Map, error) {
	m := &Map{index: map[ID]int{}, factors: map[areaPair]factor{}, lottery: map[ID][]HomeShare{}}
	steps := []struct {
		file string
		take func(*record)
	}{
		{"places", m.takePlace},
		{"hints", m.takeHint},
		{"areas", m.takeFactor},
		{"lottery", m.takeShare},
		{"azure", nil},
		{"aws", nil},
		{"gcp", nil}, // matrices, best first
	}
	for _, s := range steps {
		if s.take == nil {
			x := &matrix{name: s.file}
			m.matrices, s.take = append(m.matrices, x), x.takePoint
		}
		if err := m.read(s.file, s.take); err != nil {
			return nil, fmt.Errorf("load %s.csv: %w", s.file, err)
		}
	}
	for _, x := range m.matrices {
		x.snapTo(m.vectors)
	}
	for _, shares := range m.lottery {
		normalise(shares)
	}
	return m, nil
}

// read hands each line of a table to take. The first line of a file is its credit, the second its header.
func (m *Map) read(name string, take func(*record)) error {
	text, err := data.ReadFile("data/" + name + ".csv")
	if err != nil {
		return err
	}
	credit, body, _ := strings.Cut(string(text), "\n")
	m.credits = append(m.credits, strings.TrimPrefix(credit, "# "))
	lines, err := csv.NewReader(strings.NewReader(body)).ReadAll()
	if err != nil {
		return err
	}
	for _, line := range lines[1:] {
		r := &record{fields: line}
		take(r)
		if err := errors.Join(r.err, r.rest()); err != nil {
			return fmt.Errorf("line %s: %w", line[0], err)
		}
	}
	return nil
}

func (m *Map) takePlace(r *record) {
	p := Place{
		ID: ID(r.text()), City: r.text(), Country: r.text(), Point: Point{r.number(), r.number()}, Area: r.text(),
		Hint: r.text(), Weight: r.number(), HostShare: r.number(), EU: r.flag(), China: r.flag(),
		Zone: Zone{Name: r.text(), January: r.hours(), July: r.hours()},
	}
	m.index[p.ID] = len(m.places)
	m.places = append(m.places, p)
	m.vectors = append(m.vectors, p.vector())
}

func (m *Map) takeHint(r *record) {
	h := Hint{Name: r.text(), Title: r.text(), Measured: r.flag(), Home: ID(r.text())}
	for site := range strings.FieldsSeq(r.text()) {
		id, share, _ := strings.Cut(site, ":")
		h.Sites = append(h.Sites, HomeShare{Home: ID(id), Share: r.parse(share)})
	}
	normalise(h.Sites)
	m.hints = append(m.hints, h)
}

func (m *Map) takeFactor(r *record) {
	pair := newAreaPair(r.text(), r.text())
	m.factors[pair] = factor{fixedMs: r.number(), msPerKm: r.number() / 1000}
}

func (m *Map) takeShare(r *record) {
	edge := ID(r.text())
	m.lottery[edge] = append(m.lottery[edge], HomeShare{Home: ID(r.text()), Share: r.number()})
}

func (x *matrix) takePoint(r *record) {
	name, where := r.text(), Point{r.number(), r.number()}
	x.points = append(x.points, measuredPoint{name: name, where: where.vector(), area: r.text(), trust: r.flag()})
	row := strings.Fields(r.text())
	if len(row) != len(x.points)-1 {
		r.err = fmt.Errorf("row of %d round trips, want %d", len(row), len(x.points)-1)
	}
	for _, field := range row {
		if field == "-" {
			field = "0"
		}
		x.rtt = append(x.rtt, milliseconds(r.parse(field)))
	}
}

// normalise makes shares add up to 1: the tables leave out strays and round.
func normalise(shares []HomeShare) {
	total := 0.0
	for _, s := range shares {
		total += s.Share
	}
	for i := range shares {
		shares[i].Share /= total
	}
}

// record reads the fields of a line from left to right and keeps the first error, so that a row reads as one expression.
type record struct {
	fields []string
	next   int
	err    error
}

func (r *record) text() string {
	if r.next == len(r.fields) {
		r.fail(errors.New("line is too short"))
		return ""
	}
	r.next++
	return r.fields[r.next-1]
}

func (r *record) number() float64 { return r.parse(r.text()) }

func (r *record) flag() bool { return r.text() == "1" }

func (r *record) hours() time.Duration { return time.Duration(r.number() * float64(time.Hour)) }

func (r *record) parse(text string) float64 {
	x, err := strconv.ParseFloat(text, 64)
	if err != nil {
		r.fail(err)
	}
	return x
}

func (r *record) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

func (r *record) rest() error {
	if r.next < len(r.fields) {
		return fmt.Errorf("%d fields too many", len(r.fields)-r.next)
	}
	return nil
}
