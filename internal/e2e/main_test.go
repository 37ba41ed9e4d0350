// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"testing"
)

// TestMain keeps a user's proxy and language out of the tests. The tests mostly wait for
// protocol timers, so more of them run at a time than there are processors.
func TestMain(m *testing.M) {
	flag.Parse()
	if err := prepare(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func prepare() error {
	for _, name := range []string{"http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "LANG", "LC_ALL"} {
		if err := os.Unsetenv(name); err != nil {
			return err
		}
	}
	parallel := flag.Lookup("test.parallel").Value
	if n := runtime.GOMAXPROCS(0); parallel.String() == fmt.Sprint(n) { // not asked for
		return parallel.Set(fmt.Sprint(2 * n))
	}
	return nil
}
