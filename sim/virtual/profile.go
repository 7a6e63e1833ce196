package virtual

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"time"
)

// ProfileFormat is the version of the profiles that this package reads.
const ProfileFormat = 1

//go:embed profile.json
var shipped []byte

// Profile is how long things take, measured by live runs.
type Profile struct {
	Format int `json:"format"`
	// Conditions say where and how it was measured.
	Conditions map[string]string `json:"conditions"`

	Service Distribution `json:"service_us"` // a shard's work on one turn
	Commit  Distribution `json:"commit_us"`  // of one row
	// CommitRow is what each further row of a batch adds, in microseconds.
	CommitRow float64      `json:"commit_row_us"`
	Load      Distribution `json:"load_us"`    // reading objects from the store
	Forward   Distribution `json:"forward_us"` // what edge and home add to the network's round trip
	Return    Distribution `json:"return_us"`  // between client and edge
}

// Distribution is a duration by its quantiles, in microseconds, at the shares of Shares.
type Distribution []float64

// Shares are where a Distribution has its values; between them it is a straight line.
func Shares() []float64 { return append([]float64(nil), shares[:]...) }

// shares is never changed.
var shares = [...]float64{0, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 1}

// draw gives a duration, the same on every machine: the conversion forbids a fused multiplication.
func (d Distribution) draw(r *rand.Rand) time.Duration {
	u := r.Float64()
	for i := 1; i < len(shares); i++ {
		if u <= shares[i] {
			part := (u - shares[i-1]) / (shares[i] - shares[i-1])
			return time.Duration((d[i-1] + float64(part*(d[i]-d[i-1]))) * float64(time.Microsecond))
		}
	}
	return time.Duration(d[len(d)-1] * float64(time.Microsecond))
}

func (p *Profile) commit(r *rand.Rand, rows int) time.Duration {
	return p.Commit.draw(r) + time.Duration(float64(rows-1)*p.CommitRow*float64(time.Microsecond))
}

// Shipped is the profile that comes with durabench.
func Shipped() (*Profile, error) { return ParseProfile(shipped) }

// ParseProfile reads a profile, and refuses one of another version or with parts missing.
func ParseProfile(data []byte) (*Profile, error) {
	p := &Profile{}
	if err := json.Unmarshal(data, p); err != nil {
		return nil, fmt.Errorf("read profile: %w", err)
	}
	if p.Format != ProfileFormat {
		return nil, fmt.Errorf("read profile: format %d, this version of durabench reads format %d", p.Format, ProfileFormat)
	}
	for _, part := range []struct {
		name string
		Distribution
	}{
		{"service_us", p.Service},
		{"commit_us", p.Commit},
		{"load_us", p.Load},
		{"forward_us", p.Forward},
		{"return_us", p.Return},
	} {
		if err := part.check(); err != nil {
			return nil, fmt.Errorf("read profile: %s: %w", part.name, err)
		}
	}
	return p, nil
}

func (d Distribution) check() error {
	if len(d) != len(shares) {
		return fmt.Errorf("%d quantiles, want %d", len(d), len(shares))
	}
	for i := range d {
		if !(d[i] >= 0 && d[i] < 1e9) || i > 0 && d[i] < d[i-1] {
			return fmt.Errorf("quantile %v is %v µs: want rising values from 0 to 1000 s", shares[i], d[i])
		}
	}
	return nil
}
