/* The report for a bug report: nothing that is missing is a failure, only what the caller does wrong. */
#include "api.h"

/* Before any runtime was opened: a process that has one tells of that. */
void test_report(const char *folder) {
    char path[4096];
    deepcrop_report *report = (deepcrop_report *)&error;
    deepcrop_cancel *cancel;
    snprintf(path, sizeof path, "%s/text.so", folder);
    WORKS(deepcrop_doctor(path, NULL, &report, &error));
    const char *text = deepcrop_report_text(report);
    CHECK(!deepcrop_report_works(report));
    CHECK(!strncmp(text, "deepcrop 0.", 11) && strstr(text, " (ABI 1)\n")); /* whose report it is comes first */
    CHECK(strstr(text, deepcrop_version()) && strstr(text, "ONNX Runtime: none: ") && strstr(text, "text.so"));
    CHECK(strstr(text, "\nclassical engine: loaded in ") && strstr(text, "\nresult: the built-in network does not run"));
    CHECK(text[strlen(text) - 1] != '\n');
    deepcrop_report_free(report);

    FAILS(deepcrop_doctor(path, NULL, NULL, &error), DEEPCROP_ERROR_ARGUMENT, "`report` is NULL");
    report = (deepcrop_report *)&error;
    FAILS(deepcrop_doctor("\xff", NULL, &report, &error), DEEPCROP_ERROR_ARGUMENT, "`runtime_path` is not UTF-8");
    CHECK(!report);
    WORKS(deepcrop_cancel_new(&cancel, &error));
    deepcrop_cancel_raise(cancel);
    report = (deepcrop_report *)&error;
    FAILS(deepcrop_doctor(path, cancel, &report, &error), DEEPCROP_ERROR_CANCELLED, "cancelled");
    CHECK(!report);
    deepcrop_cancel_free(cancel);
    CHECK(!deepcrop_report_text(NULL) && !deepcrop_report_works(NULL));
    deepcrop_report_free(NULL);
}

static void hear(float fraction, const char *doing, void *user_data) {
    CHECK(fraction >= 0 && fraction <= 1 && *doing);
    ++*(int *)user_data;
}

void test_whole_report(void) {
    deepcrop_report *report;
    deepcrop_cancel *cancel;
    int heard = 0;
    WORKS(deepcrop_cancel_new(&cancel, &error));
    deepcrop_cancel_on_progress(cancel, hear, &heard);
    WORKS(deepcrop_doctor(NULL, cancel, &report, &error));
    const char *text = deepcrop_report_text(report);
    CHECK(deepcrop_report_works(report) && heard > 3);
    CHECK(strstr(text, "\nprovider cpu: works: ") && strstr(text, "\nresult: the built-in network runs"));
    deepcrop_report_free(report);
    deepcrop_cancel_free(cancel);
}
