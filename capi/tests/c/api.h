/* The parts of api_test. Each takes what it needs and leaves nothing behind. */
#ifndef API_H
#define API_H

#include "check.h"

void test_runtimes(const char *folder);
void test_models(const char *folder);
void test_installed(const char *folder);
void test_images(const deepcrop_model *model);
void test_prompts(const deepcrop_model *model);
void test_selections(const deepcrop_model *model);
void test_masks(void);
void test_click_only(const deepcrop_model *model);
void test_subject(void);
void test_objects(const char *folder);
void test_report(const char *folder);
void test_whole_report(void);
void test_lifetimes(deepcrop_model *model);

#endif
