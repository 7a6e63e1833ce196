package reports_test

import (
	"errors"
	"image/png"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/durabench/durabench/reports"
)

func TestWriteFillsADirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out", "deep")
	r := sample()
	r.Runs = r.Runs[3:]
	if err := reports.Write(dir, r); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"report.html", "report.md", "results.json"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	svgs, _ := filepath.Glob(filepath.Join(dir, "plots", "01-limiter-8-keys-*.svg"))
	pngs, _ := filepath.Glob(filepath.Join(dir, "plots", "01-limiter-8-keys-*.png"))
	if len(svgs) != 6 || len(pngs) != 6 {
		t.Fatalf("%d SVGs and %d PNGs, want the six plots of a limiter as both", len(svgs), len(pngs))
	}
	file, err := os.Open(pngs[0])
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if config, err := png.DecodeConfig(file); err != nil || config.Width < 1200 {
		t.Errorf("%s is %d pixels wide (%v), want twice the usual density", pngs[0], config.Width, err)
	}
	text, err := os.ReadFile(svgs[0])
	if err != nil || !strings.Contains(string(text), "n = 1,200 good replies") {
		t.Errorf("%s does not carry its condition (%v)", svgs[0], err)
	}
}

func TestWriteAnEmptyReport(t *testing.T) {
	if err := reports.Write(t.TempDir(), &reports.Report{Title: "nothing", Runs: []reports.Run{{}}}); err != nil {
		t.Errorf("a report of nothing is still a report: %v", err)
	}
}

// TestWriteSaysWhatIsInTheWay: one clear sentence, and the cause for who looks.
func TestWriteSaysWhatIsInTheWay(t *testing.T) {
	for _, row := range []struct {
		story string
		spoil func(t *testing.T, dir string)
		want  string
		cause error
	}{
		{"the disk is full", func(t *testing.T, dir string) {
			if err := os.Symlink("/dev/full", filepath.Join(dir, "results.json")); err != nil {
				t.Skip(err)
			}
		}, "results.json: no space is left on the disk", syscall.ENOSPC},
		{"a file where a directory should be", func(t *testing.T, dir string) {
			if err := os.WriteFile(filepath.Join(dir, "plots"), nil, 0o666); err != nil {
				t.Fatal(err)
			}
		}, "something that is not a directory is in the way", syscall.ENOTDIR},
		{"a directory where a file should be", func(t *testing.T, dir string) {
			if err := os.Mkdir(filepath.Join(dir, "report.md"), 0o777); err != nil {
				t.Fatal(err)
			}
		}, "report.md: a directory is in the way", syscall.EISDIR},
		{"a directory that may not be written", func(t *testing.T, dir string) {
			if os.Geteuid() == 0 {
				t.Skip("root may write anywhere")
			}
			if err := os.Chmod(dir, 0o555); err != nil {
				t.Fatal(err)
			}
		}, "no permission to write there", fs.ErrPermission},
	} {
		t.Run(row.story, func(t *testing.T) {
			dir := t.TempDir()
			row.spoil(t, dir)
			err := reports.Write(dir, &reports.Report{})
			if err == nil || !strings.Contains(err.Error(), row.want) || !errors.Is(err, row.cause) {
				t.Errorf("error %v, want one that says %q and unwraps to %v", err, row.want, row.cause)
			}
			if err != nil && strings.Contains(err.Error(), "\n") {
				t.Errorf("more than one sentence: %q", err)
			}
		})
	}
}
