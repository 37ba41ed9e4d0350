// SPDX-License-Identifier: Apache-2.0

// Vipward is a drop-in replacement for keepalived: VRRP and IPVS for a pair of load
// balancers. This command is the parent process, its children, and the tools around them.
package main

import (
	"context"
	"os"
)

func main() {
	os.Exit(run(context.Background(), os.Args, os.Environ(), os.Stdin, os.Stdout, os.Stderr))
}
