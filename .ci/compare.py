"""compare.py LIST REPORT: recorded cases that differ, beside those that are known to.

LIST has one id per line (suite/case, '#' begins a comment). A case that differs and is not listed fails. A listed case
that is the same now is named, so that its line can go.
"""
import json
import sys


def main(listed_file, report_file):
    with open(listed_file, encoding="utf-8") as f:
        lines = [line.split("#")[0].strip() for line in f]
    known = {line for line in lines if line}
    with open(report_file, encoding="utf-8") as f:
        states = {"%(suite)s/%(case)s" % row: row["state"] for row in json.load(f)["cases"]}
    wrong = {case for case, state in states.items() if state != "same"}
    for case in sorted(wrong - known):
        print("new difference: %s (%s)" % (case, states[case]))
    for case in sorted(known - wrong):
        print("same now, take it out of %s: %s" % (listed_file, case))
    counts = "%d passed, %d failed" % (len(states) - len(wrong), len(wrong - known))
    print(counts + (", %d skipped" % len(wrong & known) if wrong & known else ""))
    return 1 if wrong - known else 0


sys.exit(main(*sys.argv[1:]))
