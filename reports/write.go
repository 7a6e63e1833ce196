package reports

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// Write fills a directory, which it makes if need be: report.html, report.md,
// results.json, results.csv and its companions if it compares placements, and in plots/ every plot as SVG and PNG. What it could not finish
// it removes, so that a file that is there is whole.
func Write(dir string, r *Report) error {
	if err := os.MkdirAll(filepath.Join(dir, "plots"), 0o777); err != nil {
		return because("make report directory", dir, err)
	}
	type rendered struct {
		name   string
		render Renderer
	}
	files := []rendered{{"results.json", JSON}, {"report.md", Markdown}, {"report.html", HTML}}
	if r.Placement != nil {
		files = append(files, rendered{"results.csv", CSV}, rendered{"results-regions.csv", RegionsCSV})
		if r.Placement.Sweep != nil || r.Placement.Prices != nil {
			files = append(files, rendered{"results-sweeps.csv", SweepsCSV})
		}
	}
	for _, file := range files {
		path := filepath.Join(dir, file.name)
		if err := create(path, func(w io.Writer) error { return file.render(w, r) }); err != nil {
			return err
		}
	}
	for _, c := range r.chapters() {
		if err := writePlots(filepath.Join(dir, "plots"), "", c.figures); err != nil {
			return err
		}
	}
	for i := range r.Runs {
		prefix := fmt.Sprintf("%02d-%s-", i+1, slug(r.Runs[i].Name))
		if err := writePlots(filepath.Join(dir, "plots"), prefix, figures(&r.Runs[i])); err != nil {
			return err
		}
	}
	return nil
}

func writePlots(dir, prefix string, figures []figure) error {
	for _, f := range figures {
		path := filepath.Join(dir, prefix+f.name)
		if err := create(path+".svg", f.writeSVG); err != nil {
			return err
		}
		if err := create(path+".png", f.writePNG); err != nil {
			return err
		}
	}
	return nil
}

// create writes a whole file or none.
func create(path string, write func(io.Writer) error) error {
	file, err := os.Create(path)
	if err != nil {
		return because("create", path, err)
	}
	out := bufio.NewWriter(file)
	err = errors.Join(write(out), out.Flush(), file.Close())
	if err == nil {
		return nil
	}
	if remove := os.Remove(path); remove != nil && !errors.Is(remove, fs.ErrNotExist) {
		err = errors.Join(err, remove)
	}
	return because("write", path, err)
}

// because says in one sentence what stands in the way. The error still unwraps
// to its cause.
func because(verb, path string, err error) error {
	reason := ""
	switch {
	case errors.Is(err, syscall.EROFS):
		reason = "the file system is read-only"
	case errors.Is(err, syscall.ENOSPC):
		reason = "no space is left on the disk"
	case errors.Is(err, syscall.EDQUOT):
		reason = "the disk quota is used up"
	case errors.Is(err, fs.ErrPermission):
		reason = "no permission to write there"
	case errors.Is(err, syscall.ENOTDIR), errors.Is(err, fs.ErrExist):
		reason = "something that is not a directory is in the way"
	case errors.Is(err, syscall.EISDIR):
		reason = "a directory is in the way"
	default:
		return fmt.Errorf("%s %s: %w", verb, path, err)
	}
	return &blocked{fmt.Sprintf("%s %s: %s", verb, path, reason), err}
}

// blocked is an error in our words with the system's as its cause.
type blocked struct {
	sentence string
	cause    error
}

func (b *blocked) Error() string { return b.sentence }
func (b *blocked) Unwrap() error { return b.cause }

// slug is a name fit for a file: lower case letters, digits and dashes.
func slug(name string) string {
	var out strings.Builder
	for _, c := range strings.ToLower(name) {
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
			out.WriteRune(c)
		case out.Len() > 0 && !strings.HasSuffix(out.String(), "-"):
			out.WriteByte('-')
		}
		if out.Len() >= 48 {
			break
		}
	}
	if s := strings.Trim(out.String(), "-"); s != "" {
		return s
	}
	return "run"
}
