// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"os"
	"testing"

	"go.uber.org/goleak"

	"vipward/watchdog"
)

// mainEnv makes the test program be vipward: the tests start real daemons without a build.
const mainEnv = "VIPWARD_TEST_MAIN=1"

// TestMain is the main function of the daemons and their children as well.
func TestMain(m *testing.M) {
	_, child := watchdog.RoleOf(os.Args[0])
	if child || os.Getenv("VIPWARD_TEST_MAIN") == "1" {
		os.Exit(run(context.Background(), os.Args, os.Environ(), os.Stdin, os.Stdout, os.Stderr))
	}
	goleak.VerifyTestMain(m)
}
